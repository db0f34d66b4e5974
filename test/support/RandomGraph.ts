/**
 * Graphs drawn at random, and a plain interpreter that says what running them comes to.
 */
import { Effect, Random } from "effect"

/** How one node behaves: what it waits for, how it answers, how often it fails first, and what is done about that. */
export interface Node {
  readonly parents: ReadonlyArray<number>
  readonly work: "at once" | "later" | "yield" | "promise" | "sleep" | "socket"
  /** The attempts that fail before one succeeds. */
  readonly failures: number
  readonly policy: "none" | "optional" | "orElse" | "retry" | "result"
}

/** What a node adds to the sum of what its parents answered. */
export const combine = (inputs: ReadonlyArray<number>): number =>
  inputs.reduce((total, n) => (total + n) % 1_000_003, 1)

/** What stands for an answer that a failed step did not give. */
export const instead = 7

/** Node 0 is the input. The last node waits for all nodes that no other node waits for. */
export const draw = Effect.fnUntraced(function*(options: {
  readonly size: number
  /** Of 1,000 nodes, how many fail at least once. */
  readonly failing: number
  readonly works: ReadonlyArray<Node["work"]>
}) {
  const nodes: Array<Node> = [{ parents: [], work: "at once", failures: 0, policy: "none" }]
  const open = new Set([0])
  for (let at = 1; at < options.size; at++) {
    const parents = new Set<number>()
    const last = at === options.size - 1
    const count = last ? 0 : yield* Random.nextIntBetween(0, 3)
    for (let k = 0; k < count; k++) parents.add(Math.max(0, at - 1 - (yield* Random.nextIntBetween(0, 12))))
    if (last) open.forEach((one) => parents.add(one))
    parents.forEach((one) => open.delete(one))
    open.add(at)
    const fails = !last && (yield* Random.nextIntBetween(0, 1_000)) < options.failing
    nodes.push({
      parents: [...parents],
      work: yield* Random.choice(options.works as [Node["work"], ...Array<Node["work"]>]),
      failures: fails ? yield* Random.nextIntBetween(1, 5) : 0,
      policy: yield* Random.choice(["none", "optional", "orElse", "retry", "result"] as const)
    })
  }
  return nodes
})

/** A retried step is tried this often after its first attempt. */
export const retries = 2

/** `undefined` for a node that fails the run. */
export const answerOf = (node: Node, inputs: ReadonlyArray<number>): number | undefined => {
  const attempts = node.policy === "retry" ? retries + 1 : 1
  if (node.failures < attempts) return combine(inputs)
  return node.policy === "none" || node.policy === "retry" ? undefined : instead
}

/**
 * Runs a graph one node after another. `failing` are the nodes that fail the run, once all that they wait for has
 * succeeded: a concurrent run fails with one of them.
 */
export const interpret = (nodes: ReadonlyArray<Node>, input: number) => {
  const values: Array<number | undefined> = [input]
  const failing = new Set<number>()
  for (let at = 1; at < nodes.length; at++) {
    const node = nodes[at]!
    const inputs = node.parents.map((parent) => values[parent])
    if (inputs.includes(undefined)) continue
    values[at] = answerOf(node, inputs as Array<number>)
    if (values[at] === undefined) failing.add(at)
  }
  return { answer: failing.size === 0 ? values.at(-1) : undefined, failing }
}
