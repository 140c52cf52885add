/** The progress line of a terminal: step, simulated cycles, events a second, time to go. */
import progress from "cli-progress";
import type { RunProgress } from "../run/index.js";
import { formatCount, formatRate } from "./numbers.js";

const { Presets, SingleBar } = progress;

/** Before this a rate says nothing. */
const FIRST_RATE_SECONDS = 0.3;

/** One line at the foot of the terminal, redrawn in place. */
export class ProgressLine {
  private bar: progress.SingleBar | undefined;
  private step = "";
  private startedAt = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** Draws how far a run is; undefined takes the line away. */
  show(state: RunProgress | undefined): void {
    const step = state === undefined ? "" : `${state.step}/${state.detail}`;
    if (step !== this.step) {
      this.bar?.stop();
      this.bar = undefined;
      this.step = step;
      this.startedAt = Date.now();
    }
    if (state === undefined) return;
    const total = state.totalInstructions ?? 0;
    const payload = { label: labelOf(state), rates: this.rates(state) };
    if (this.bar === undefined) {
      this.bar = new SingleBar(
        {
          stream: this.stream,
          format: total > 0 ? "{label} [{bar}] {percentage}% · {rates} · {eta_formatted} to go" : "{label} {rates}",
          barsize: 20,
          hideCursor: true,
          clearOnComplete: true,
          fps: 10,
        },
        Presets.rect,
      );
      this.bar.start(Math.max(1, total), state.instructions ?? 0, payload);
    } else this.bar.update(state.instructions ?? 0, payload);
  }

  private rates({ cycles, events }: RunProgress): string {
    if (cycles === undefined || events === undefined) return "";
    const seconds = (Date.now() - this.startedAt) / 1000;
    const rate = seconds < FIRST_RATE_SECONDS ? "" : ` · ${formatRate(events / seconds)} events/s`;
    return `${formatCount(cycles)} cycles${rate}`;
  }
}

function labelOf({ step, detail }: RunProgress): string {
  return detail === "" ? step : `${step} (${detail})`;
}
