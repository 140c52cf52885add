import { describe, expect, it } from "vitest";
import { PROBE, Probes } from "../../src/engine/index.js";

interface Payloads extends Record<"instructionStart" | "instructionEnd" | "hold" | "grant" | "request", unknown> {
  instructionStart: { id: number };
  instructionEnd: { id: number; tick: number };
  hold: { lane: number };
  grant: { resource: string };
}

describe("Probes", () => {
  it("hands payloads to the listeners of that probe only", () => {
    const probes = new Probes<Payloads>();
    const seen: unknown[] = [];
    probes.hold((payload) => seen.push(["hold", payload.lane]));
    probes.addListener(probes.grant, (payload) => seen.push(["grant", payload.resource]));
    probes.emitEvent("hold", { lane: 3 });
    probes.emitEvent("grant", { resource: "bus" });
    probes.emitEvent("instructionStart", { id: 1 });
    expect(seen).toEqual([
      ["hold", 3],
      ["grant", "bus"],
    ]);
  });

  it("keeps the mask true to who listens, by every way in and out", () => {
    const probes = new Probes<Payloads>();
    expect(probes.mask).toBe(0);
    const first = probes.hold(() => {});
    const second = () => {};
    probes.on(probes.hold, second);
    const third = probes.instructionEnd(() => {});
    expect(probes.mask).toBe(PROBE.hold | PROBE.instructionEnd);
    first.unbind();
    first.unbind();
    expect(probes.mask).toBe(PROBE.hold | PROBE.instructionEnd);
    probes.removeListener(probes.hold, second);
    expect(probes.mask).toBe(PROBE.instructionEnd);
    probes.removeListener(third);
    expect(probes.mask).toBe(0);
    probes.grant(() => {});
    probes.instructionStart(() => {});
    probes.removeListener(probes.grant);
    expect(probes.mask).toBe(PROBE.instructionStart);
    probes.removeListener();
    expect(probes.mask).toBe(0);
  });

  it("calls nobody who has left", () => {
    const probes = new Probes<Payloads>();
    let calls = 0;
    const listener = probes.hold(() => calls++);
    probes.grant(() => calls++);
    probes.emitEvent("hold", { lane: 1 });
    listener.unbind();
    probes.removeListener(probes.grant);
    probes.emitEvent("hold", { lane: 1 });
    probes.emitEvent("grant", { resource: "bus" });
    expect(calls).toBe(1);
  });

  it("survives .on(), which calls itself for ever in the package", () => {
    const probes = new Probes<Payloads>();
    let lane = 0;
    probes.on(probes.hold, (payload) => {
      lane = payload.lane;
    });
    probes.emitEvent("hold", { lane: 5 });
    expect(lane).toBe(5);
  });
});
