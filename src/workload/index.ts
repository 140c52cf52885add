/** Networks: layers, tensors and edges, with readers, built-ins, checks and totals. */
export * from "./builder.js";
export * from "./builtin.js";
export * from "./check.js";
export { readNetworkCsv } from "./csv/read.js";
export * from "./json.js";
export * from "./layer-table.js";
export * from "./network.js";
export { fromOnnx, type OnnxInput, type OnnxName, type OnnxNames, toOnnx } from "./onnx/names.js";
export { onnxOperators } from "./onnx/operators.js";
export { type OnnxOptions, readOnnx, readOnnxNames } from "./onnx/read.js";
export { type OnnxWriteOptions, withOutputs, writeOnnx, writeOnnxNames } from "./onnx/write.js";
export * from "./order.js";
export * from "./read.js";
export * from "./resize.js";
export * from "./shapes.js";
export { tfliteOperators } from "./tflite/operators.js";
export { readTflite, type TfliteOptions } from "./tflite/read.js";
export * from "./totals.js";
