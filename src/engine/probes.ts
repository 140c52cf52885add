/** The public probe API: typed events for whoever watches a run, at no cost where nobody does. */
import { EventEmitter, type Listener } from "typed-event-emitter";

/** The mask bit of each probe: hot code tests `probes.mask & PROBE.hold` before it makes a payload. */
export const PROBE = { instructionStart: 1, instructionEnd: 2, hold: 4, grant: 8, request: 16 } as const;

/** The name of a probe. */
export type ProbeName = keyof typeof PROBE;

/** What each probe hands its listeners; a simulator fills in its own payload types. */
export type ProbePayloads = Record<ProbeName, unknown>;

const PROBE_NAMES = Object.keys(PROBE) as ProbeName[];

// The emitter's own signatures, which it does not export.
// biome-ignore lint/suspicious/noExplicitAny: the inherited signature says so
type Callback<Args extends any[]> = (...args: Args) => void;
// biome-ignore lint/suspicious/noExplicitAny: the inherited signature says so
type Binder<Args extends any[]> = (callback: Callback<Args>) => Listener;

/** Listeners to a run: `probes.hold(callback)` or `probes.addListener(probes.hold, callback)` listens, `unbind()` ends it. */
export class Probes<Payloads extends ProbePayloads = ProbePayloads> extends EventEmitter {
  /** The bits of the probes somebody listens to. */
  mask = 0;
  readonly instructionStart = this.registerEvent<[Payloads["instructionStart"]]>();
  readonly instructionEnd = this.registerEvent<[Payloads["instructionEnd"]]>();
  readonly hold = this.registerEvent<[Payloads["hold"]]>();
  readonly grant = this.registerEvent<[Payloads["grant"]]>();
  readonly request = this.registerEvent<[Payloads["request"]]>();
  /** Our own list of listeners: the emitter keeps its private, and keeps empty entries. */
  private readonly callbacks = new Map<unknown, unknown[]>();

  // biome-ignore lint/suspicious/noExplicitAny: the inherited signature says so
  override addListener<Args extends any[]>(event: Binder<Args>, callback: Callback<Args>): Listener {
    this.callbacks.set(event, [...(this.callbacks.get(event) ?? []), callback]);
    this.updateMask();
    return super.addListener(event, callback);
  }

  /** The same as `addListener`; the inherited one calls itself for ever (typed-event-emitter 3.0.0). */
  // biome-ignore lint/suspicious/noExplicitAny: the inherited signature says so
  override on<Args extends any[]>(event: Binder<Args>, callback: Callback<Args>): Listener {
    return this.addListener(event, callback);
  }

  /** Removes one listener, one callback of an event, all callbacks of an event, or everything. */
  override removeListener(): void;
  override removeListener(listener: Listener): void;
  // biome-ignore lint/complexity/noBannedTypes: the inherited signature says so
  override removeListener(event: Function, callback?: Function): void;
  // biome-ignore lint/complexity/noBannedTypes: the inherited signature says so
  override removeListener(target?: Listener | Function, callback?: Function): void {
    if (target === undefined) {
      this.callbacks.clear();
      super.removeListener();
    } else if (typeof target === "object") {
      this.removeListener(target.event, target.callback);
      return;
    } else {
      const listening = this.callbacks.get(target) ?? [];
      for (const one of callback === undefined ? listening : [callback])
        super.removeListener(target, one as () => void);
      const left = callback === undefined ? [] : listening.filter((other) => other !== callback);
      this.callbacks.set(target, left);
    }
    this.updateMask();
  }

  /** Calls the listeners of a probe; guard it by `mask`, for it is far too slow to call for nobody. */
  emitEvent<Name extends ProbeName>(name: Name, payload: Payloads[Name]): void {
    const event = this[name] as Binder<[Payloads[Name]]>;
    this.emit(event, payload);
  }

  private updateMask(): void {
    this.mask = 0;
    for (const name of PROBE_NAMES) {
      if ((this.callbacks.get(this[name])?.length ?? 0) > 0) this.mask |= PROBE[name];
    }
  }
}
