/** What the paper prints (COMPASS, arXiv 2501.06780), and what follows from it by counting; none of it enters a simulation. */

/** Table I: cores, arrays a core, capacity in 2^20 bytes. */
export const TABLE_1: Readonly<Record<string, readonly [number, number, number]>> = {
  "compass-s": [16, 9, 1.125],
  "compass-m": [16, 16, 2],
  "compass-l": [36, 16, 4.5],
};

/** Table II: weights of fc and conv layers, and together, in 2^20 bytes at 4 bits. */
export const TABLE_2: Readonly<Record<string, readonly [number, number, number]>> = {
  vgg16: [58.95, 7.02, 65.97],
  resnet18: [0.244, 5.324, 5.569],
  squeezenet1_1: [0, 0.58725, 0.58725],
};

/** Counted from the graphs: weights, arrays without replicas, issues of array groups and array MVMs a sample. */
export const COUNTS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  vgg16: [138344128, 8456, 419178, 1064384],
  resnet18: [11678912, 727, 74678, 130960],
  squeezenet1_1: [1231552, 110, 40190, 55718],
};

/** Counted by the rules of units and baselines, on S, M, L: units, partitions of greedy and layerwise. */
export const PARTITIONS: Readonly<Record<string, Readonly<Record<"units" | "greedy" | "layerwise", string>>>> = {
  vgg16: { units: "969 630 630", greedy: "61 35 15", layerwise: "67 44 27" },
  resnet18: { units: "91 84 84", greedy: "6 4 2", layerwise: "21 21 21" },
  squeezenet1_1: { units: "31 27 27", greedy: "1 1 1", layerwise: "26 26 26" },
};

/** Fig. 6: mean throughput of COMPASS over that of greedy and layerwise. */
export const MEAN_RATIOS: Readonly<Record<string, readonly [number, number]>> = {
  vgg16: [1.8, 1.56],
  resnet18: [1.71, 1.31],
  squeezenet1_1: [2.24, 1.98],
};

/** Fig. 9, ResNet18: energy of loading and writing weights and of MVMs, over that of MVMs, for batches 1 to 16. */
export const ENERGY_RATIOS: Readonly<Record<string, readonly number[]>> = {
  "compass-s": [3.65, 2.19, 1.61, 1.31, 1.18],
  "compass-m": [4.03, 2.49, 1.78, 1.41, 1.21],
  "compass-l": [3.9, 2.44, 1.76, 1.39, 1.18],
};
