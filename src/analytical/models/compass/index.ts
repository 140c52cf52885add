/** The estimate of COMPASS, for plans and for finished Mappings. */
export { COMPASS_MODEL, type CompassEstimate, type CompassModel, compassEstimator } from "./estimate.js";
export { estimateCompass, mappingPlans } from "./mapping-plans.js";
export { compassTerms } from "./terms.js";
