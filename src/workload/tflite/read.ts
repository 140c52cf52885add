/**
 * Reads a tflite model as a Network with its weights, biases, scales and zero points.
 * Inputs: the bytes of a `.tflite` file. Invariants: whatever is wrong is a UserError; every operator that cannot be read
 * is named with its output tensor, operators that only depend on refused ones stay silent.
 */
import { nearestName, type Problem, UserError } from "../../base/index.js";
import type { Network } from "../network.js";
import { Draft } from "../onnx/draft.js";
import { Refusal } from "../onnx/refusal.js";
import { shapeProblem } from "../shapes.js";
import { activationType, type Conversion, OperatorContext, shapeOf } from "./context.js";
import { decodeTflite, type TfliteModel, type TfliteOperator } from "./model.js";
import { conversionOf, tfliteOperators } from "./operators.js";
import { CorruptFile } from "./tables.js";

/** How a tflite file is read. */
export interface TfliteOptions {
  /** Name in messages. */
  file?: string;
  /** Name of the network; default: the graph's. */
  name?: string;
  /** `false` leaves the numbers of weights out. */
  weights?: boolean;
}

/** Reads a tflite model; throws a UserError with every problem. */
export function readTflite(bytes: Uint8Array, options: TfliteOptions = {}): Network {
  return new TfliteReading(decodeTflite(bytes, options.file), options).read();
}

class TfliteReading {
  private readonly problems: Problem[] = [];
  private readonly conversion: Conversion;
  private readonly inputs: number[] = [];

  constructor(
    private readonly model: TfliteModel,
    private readonly options: TfliteOptions,
  ) {
    const uses = new Map<number, number>();
    const reads = [...model.operators.flatMap(({ inputs }) => inputs), ...model.outputs];
    for (const index of reads) uses.set(index, (uses.get(index) ?? 0) + 1);
    const first = model.tensors[model.inputs[0] ?? -1]?.dims;
    const batch = first !== undefined && first.length > 1 ? first[0]! : 1;
    this.conversion = { model, draft: new Draft(), values: new Map(), uses, batch };
  }

  read(): Network {
    const { model, conversion, options } = this;
    for (const index of model.inputs) this.readInput(index);
    model.operators.forEach((operator, index) => {
      this.readOperator(operator, index);
    });
    const outputs = model.outputs.map((index) => this.output(index)).filter((tensor) => tensor !== undefined);
    if (model.outputs.length === 0) this.report("tflite-graph", "the graph has no outputs");
    if (this.problems.length > 0) throw new UserError(this.problems);
    if (options.weights === false) conversion.draft.dropNumbers();
    const { file, name = model.name || "network" } = options;
    return conversion.draft.finish(name, undefined, this.inputs, outputs, file);
  }

  private report(code: string, message: string, field?: string, rest: Partial<Problem> = {}): void {
    const { file } = this.options;
    const place = { ...(file === undefined ? {} : { file }), ...(field === undefined ? {} : { field }) };
    this.problems.push({ code, message, ...rest, place });
  }

  private readInput(index: number): void {
    const source = this.model.tensors[index]!;
    if (this.conversion.values.has(index) || !this.conversion.uses.has(index)) return;
    this.conversion.values.set(index, undefined);
    this.guard("tflite-input", `input "${source.name}"`, () => {
      const [first, ...rest] = source.dims;
      const dims = rest.length > 0 ? [1, ...rest] : first === undefined ? [] : [first];
      const shape = shapeOf(dims);
      const wrong = shapeProblem(shape);
      if (wrong !== undefined) throw new Refusal(`the input's ${wrong}`);
      const tensor = this.conversion.draft.input(source.name, shape, activationType(source));
      this.inputs.push(tensor);
      this.conversion.values.set(index, { tensor, dims });
    });
  }

  private readOperator(operator: TfliteOperator, index: number): void {
    const { values } = this.conversion;
    const tensorNames = operator.outputs.map((output) => `"${this.model.tensors[output]!.name}"`).join(", ");
    const field = `operator ${index} (${operator.name}) of tensor ${tensorNames}`;
    const convert = conversionOf(operator.name);
    const silent = operator.inputs.some((input) => values.has(input) && values.get(input) === undefined);
    if (convert === undefined) this.refuseOperator(operator.name, field);
    else if (!silent)
      this.guard("tflite-operator", field, () => {
        for (const input of operator.inputs)
          if (input >= 0 && !values.has(input) && this.model.tensors[input]!.data === undefined)
            throw new Refusal(`tensor "${this.model.tensors[input]!.name}" is read before it is computed`);
        for (const output of operator.outputs)
          if (values.has(output)) throw new Refusal("its output is computed twice");
        convert(new OperatorContext(operator, `${operator.name.toLowerCase()}_${index}`, this.conversion));
      });
    // A conversion may have made a constant of its output.
    for (const output of operator.outputs)
      if (!values.has(output) && this.model.tensors[output]!.data === undefined) values.set(output, undefined);
  }

  /** Runs a conversion; a Refusal, or options that lead outside the file, become a problem. */
  private guard(code: string, field: string, convert: () => void): void {
    try {
      convert();
    } catch (error) {
      if (error instanceof Refusal) this.report(code, error.message, field, error.rest);
      else if (error instanceof CorruptFile) this.report("tflite-bytes", `is damaged: ${error.message}`, field);
      else throw error;
    }
  }

  private refuseOperator(name: string, field: string): void {
    const nearest = nearestName(name, tfliteOperators);
    const first = !this.problems.some((problem) => problem.code === "tflite-unsupported");
    this.report("tflite-unsupported", `operator ${name} is not supported`, field, {
      // The whole list once is enough.
      ...(first ? { accepted: tfliteOperators.join(", ") } : {}),
      ...(nearest === undefined ? {} : { nearest }),
    });
  }

  private output(index: number): number | undefined {
    const { values } = this.conversion;
    const value = values.get(index);
    if (value !== undefined && value.pad === undefined && value.dealt === undefined) return value.tensor;
    if (value !== undefined || !values.has(index))
      this.report(
        "tflite-graph",
        value === undefined
          ? "no operator computes the output"
          : `the output ends in a ${value.pad === undefined ? "map dealt into batches" : "PAD"}`,
        `output "${this.model.tensors[index]!.name}"`,
      );
    return undefined;
  }
}
