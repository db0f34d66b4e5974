/**
 * The graphs that benchmarks run, without any library: which node waits for which.
 */

/** Which node waits for which: every node for nodes before it, node 0 is the input. */
export type Graph = ReadonlyArray<ReadonlyArray<number>>

export const chain = (size: number): Graph => Array.from({ length: size + 1 }, (_, at) => at === 0 ? [] : [at - 1])

export const fan = (size: number): Graph => [
  [],
  ...Array.from({ length: size }, () => [0]),
  Array.from({ length: size }, (_, at) => at + 1)
]

export const lattice = (depth: number, width: number): Graph => {
  const graph: Array<ReadonlyArray<number>> = [[]]
  for (let row = 0; row < depth; row++) {
    for (let column = 0; column < width; column++) {
      const above = (at: number) => 1 + (row - 1) * width + at % width
      graph.push(row === 0 ? [0] : [above(column), above(column + 1)])
    }
  }
  return [...graph, Array.from({ length: width }, (_, at) => 1 + (depth - 1) * width + at)]
}

/** Always the same graph: a small linear congruential generator draws it. */
export const random = (size: number): Graph => {
  let seed = 1
  const below = (limit: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % limit
  const graph: Array<ReadonlyArray<number>> = [[]]
  const open = new Set([0])
  for (let at = 1; at < size; at++) {
    const parents = new Set(Array.from({ length: below(3) }, () => Math.max(0, at - 1 - below(60))))
    parents.forEach((parent) => open.delete(parent))
    open.add(at)
    graph.push([...parents])
  }
  return [...graph, [...open]]
}

export const sum = (inputs: ReadonlyArray<number>) => inputs.reduce((total, n) => (total + n) % 1_000_003, 0)
