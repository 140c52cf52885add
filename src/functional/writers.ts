/** Who wrote each byte of DRAM (or of the global buffer that stands for it) last: pages of instruction numbers, made where something is stored. */
import type { AccessObserver, CellRegion } from "./context.js";

const PAGE = 4096;

/** Notes the last writer of every DRAM byte. */
export class LastWriters implements AccessObserver {
  private readonly pages = new Map<number, Uint32Array>();
  /** The instruction that is starting. */
  current = 0;

  constructor(
    /** The space that is watched. */
    private readonly space: number,
    private readonly next?: AccessObserver,
  ) {}

  write(space: number, address: number, count: number): void {
    if (space === this.space)
      for (let done = 0; done < count; ) {
        const index = Math.floor((address + done) / PAGE);
        const offset = address + done - index * PAGE;
        const length = Math.min(PAGE - offset, count - done);
        let page = this.pages.get(index);
        if (page === undefined) {
          page = new Uint32Array(PAGE);
          this.pages.set(index, page);
        }
        page.fill(this.current, offset, offset + length);
        done += length;
      }
    this.next?.write(space, address, count);
  }

  /** The number of the instruction that wrote a DRAM byte last; 0 where none did. */
  writerOf(address: number): number {
    const index = Math.floor(address / PAGE);
    return this.pages.get(index)?.[address - index * PAGE] ?? 0;
  }

  read(space: number, address: number, count: number): void {
    this.next?.read(space, address, count);
  }

  add(space: number, address: number, count: number): void {
    this.next?.add(space, address, count);
  }

  readCells(region: CellRegion): void {
    this.next?.readCells(region);
  }

  writeCells(region: CellRegion): void {
    this.next?.writeCells(region);
  }

  swapCells(core: number, array: number): void {
    this.next?.swapCells(core, array);
  }
}
