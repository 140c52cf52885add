/** Mesh routes: which directed links a packet crosses under XY routing. */
import type { Mesh } from "../../hardware/index.js";

/** Directions of a node's outgoing links. */
const EAST = 0;
const WEST = 1;
const SOUTH = 2;
const NORTH = 3;

/** Directed links of a mesh: four a node, those at the rim unused. */
export function linkCount(mesh: Mesh): number {
  return mesh.columns * mesh.rows * 4;
}

/** A link's name for people. */
export function linkName(mesh: Mesh, link: number): string {
  const node = Math.floor(link / 4);
  return `link (${node % mesh.columns},${Math.floor(node / mesh.columns)}) ${["east", "west", "south", "north"][link % 4]}`;
}

/** The links from one node to another: along x first, then along y. */
export function routeOf(mesh: Mesh, from: number, to: number): number[] {
  const links: number[] = [];
  let x = from % mesh.columns;
  let y = Math.floor(from / mesh.columns);
  const toX = to % mesh.columns;
  const toY = Math.floor(to / mesh.columns);
  while (x !== toX) {
    links.push((y * mesh.columns + x) * 4 + (x < toX ? EAST : WEST));
    x += x < toX ? 1 : -1;
  }
  while (y !== toY) {
    links.push((y * mesh.columns + x) * 4 + (y < toY ? SOUTH : NORTH));
    y += y < toY ? 1 : -1;
  }
  return links;
}
