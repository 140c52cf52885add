/** What `wordline map` says: stages with their layers, replicas and memories. */
import type { Mapping } from "../../mapping/index.js";
import type { MappingSummary, ModelledPartition, ModelSummary, Result } from "../../results/index.js";
import { formatBytes, formatCount, formatEnergy, formatRate } from "../numbers.js";
import { heading, type Style } from "./style.js";
import { table } from "./table.js";
import { mvmWords } from "./words.js";

/** A mapping in a few numbers. */
export function mappingSummary(
  mapping: Mapping,
  weights: Result["weights"],
  { model, partitions }: { model: ModelSummary; partitions: ModelledPartition[] },
  file: string | undefined,
): MappingSummary {
  return {
    kind: "mapping",
    format: 1,
    network: mapping.network.name,
    chip: mapping.chip.name,
    mapper: mapping.strategy,
    batch: mapping.batch,
    precision: mapping.precision,
    weights,
    file: file ?? null,
    model,
    partitions,
    stages: mapping.partitions.map((partition) => ({
      stage: partition.index,
      slots: partition.slots,
      weightBytes: partition.weightBytes,
      loadBytes: partition.loadBytes,
      storeBytes: partition.storeBytes,
      layers: partition.layers.map((layer) => ({
        name: layer.name,
        kind: layer.kind,
        replicas: layer.replicas,
        strips: layer.strips,
        fused: layer.fused.length,
      })),
    })),
  };
}

/** The summary for people. */
export function mappingReport(summary: MappingSummary, { mvmPer }: Pick<Mapping, "mvmPer">, style: Style): string {
  const rows = summary.stages.flatMap((stage) => [
    [
      style.bold(`stage ${stage.stage}`),
      "",
      formatCount(stage.slots),
      formatBytes(stage.weightBytes),
      formatBytes(stage.loadBytes),
      formatBytes(stage.storeBytes),
    ],
    ...stage.layers.map(({ name, kind, replicas, strips, fused }) => [
      `  ${name}`,
      [
        kind === "vector" ? "vector unit" : replicas > 1 ? `${replicas} replicas` : "",
        strips > 1 ? `${strips} strips` : "",
        fused > 0 ? `with ${fused} behind it` : "",
      ]
        .filter((part) => part !== "")
        .join(", "),
      "",
      "",
      "",
      "",
    ]),
  ]);
  const right = { align: "right" } as const;
  return [
    `${style.bold(`${summary.network} on ${summary.chip}`)} · mapper ${summary.mapper} · batch ${summary.batch} · ${mvmWords(mvmPer)} · weights ${summary.weights.case}\n`,
    heading(style, "Stages"),
    table(
      [
        { title: "stage / layer" },
        { title: "" },
        { title: "array slots", ...right },
        { title: "weights", ...right },
        { title: "loaded a sample", ...right },
        { title: "stored a sample", ...right },
      ],
      rows,
    ),
    style.dim(
      `by the estimate of COMPASS: ${formatCount(Math.round(summary.model.cycles))} cycles, ${formatEnergy(summary.model.energyPj)}, ${formatRate(summary.model.throughputPerSecond)} samples/s\n`,
    ),
    summary.file === null ? "" : `\nwritten to ${summary.file}\n`,
  ].join("");
}
