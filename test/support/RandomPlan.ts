/**
 * Pipelines as plain data, at random: what each step waits for, how long it takes, whether it fails, and what is done
 * about that. `DrawnPlan` makes a pipeline of one, `Interpreter` says what running it comes to.
 */
import { Schema } from "effect"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Something that takes time, and may fail: see `millis` and `fate`. */
export const Work = Schema.Struct({ ms: between(1, 16), luck: between(0, 99) })
export type Work = typeof Work.Type

export const Policy = Schema.Struct({
  kind: Schema.Literals(["optional", "result", "orElse", "retry", "timeout"]),
  /** What `orElse` does instead, or how long a retry waits, or a timeout is. */
  work: Work,
  times: between(0, 3)
})
export type Policy = typeof Policy.Type

export const pools = { a: 1, b: 2 } as const

const shapes = ["work", "forEach", "match", "iterate", "race", "ifPresent"] as const

const node = {
  /** How many steps back. */
  after: Schema.Array(between(0, 9)).check(Schema.isMaxLength(3)),
  shape: Schema.Literals(shapes),
  works: Schema.NonEmptyArray(Work).check(Schema.isMaxLength(4)),
  /** How many items at a time, or rounds at most. */
  count: between(1, 4),
  policies: Schema.Array(Policy).check(Schema.isMaxLength(3)),
  pool: Schema.Literals(["none", "free", "a", "b"]),
  /** How many steps back the condition is; below zero there is none. */
  when: between(-20, 9),
  /** What it is said to take. */
  expected: between(0, 3)
}

const plan = {
  /** Zero: no limit. */
  concurrency: between(0, 5),
  drain: Schema.Boolean,
  keepPartial: Schema.Boolean,
  expects: Schema.Boolean
}

const Inner = Schema.Struct({ ...plan, nodes: Schema.Array(Schema.Struct(node)).check(Schema.isMaxLength(4)) })

/** A plan as it is drawn at random, and shrunk. */
export const Draft = Schema.Struct({
  ...plan,
  nodes: Schema.Array(
    Schema.Union([
      Schema.Struct(node),
      Schema.Struct(node),
      Schema.Struct({ ...node, shape: Schema.Literal("pipeline"), inner: Inner })
    ])
  ).check(Schema.isMinLength(1), Schema.isMaxLength(16))
})
export type Draft = typeof Draft.Type

/** `tag`, `list`, `rounds` and `maybe` answer at once with what `match`, `forEach`, `iterate` and `ifPresent` work on. */
export type Shape = typeof shapes[number] | "pipeline" | "input" | "tag" | "list" | "rounds" | "maybe" | "last"

export interface Node extends Omit<Draft["nodes"][number], "after" | "shape" | "when" | "pool" | "inner"> {
  /** As no other step of the whole plan. */
  readonly path: string
  readonly name: string
  readonly shape: Shape
  /** Places among the nodes. */
  readonly after: ReadonlyArray<number>
  readonly when: number | undefined
  readonly pool: keyof typeof pools | undefined
  readonly inner: Plan | undefined
}

export interface Plan extends Omit<Draft, "nodes" | "concurrency"> {
  readonly concurrency: number
  readonly nodes: ReadonlyArray<Node>
}

const plain = { works: [{ ms: 1, luck: 0 }], count: 1, policies: [], expected: 0 } as const

/** Node 0 is the input. The last node waits for all nodes that no other node waits for. */
export const resolve = (draft: Omit<Draft, "nodes"> & { readonly nodes: Draft["nodes"] }, path = ""): Plan => {
  const nodes: Array<Node> = []
  const add = (name: string, shape: Shape, facts: Partial<Node>) =>
    nodes.push({
      ...plain,
      path: `${path}${name}`,
      name,
      shape,
      after: [],
      when: undefined,
      pool: undefined,
      inner: undefined,
      ...facts
    }) - 1
  const back = (steps: number) => Math.max(0, nodes.length - 1 - steps)
  add("input", "input", {})
  draft.nodes.forEach((one, at) => {
    const name = `${at}`
    const when = one.when < 0 ? undefined : back(one.when)
    // The interpreter of one pipeline knows the places of a pool, and a step that holds one until it has ended.
    const isWide = one.shape === "race" || (one.shape === "forEach" && one.count > 1)
    const pauses = one.policies.some(({ kind }) => kind === "retry")
    const mayHold = path === "" && !isWide && !pauses
    const pool = mayHold && (one.pool === "a" || one.pool === "b") ? one.pool : undefined
    const inner = "inner" in one ? resolve(one.inner, `${path}${name}.`) : undefined
    const given = givenTo[one.shape]
    const before = one.after.map(back)
    const made = given === undefined ? [] : [add(`${name} ${given}`, given, { after: before })]
    const after = given === undefined || given === "maybe" ? [...made, ...before] : made
    add(name, one.shape, { ...one, shape: one.shape, after, when, pool, inner } as Partial<Node>)
  })
  const waited = new Set(nodes.flatMap(({ after, when }) => when === undefined ? after : [...after, when]))
  add("last", "last", { after: nodes.map((_, at) => at).filter((at) => !waited.has(at)) })
  const { concurrency } = draft
  // what drains when it is interrupted has failed already: a case of its own
  const drain = draft.drain && path === ""
  return { ...draft, nodes, drain, concurrency: concurrency === 0 ? Infinity : concurrency }
}

const givenTo: { readonly [shape: string]: Shape | undefined } = {
  match: "tag",
  forEach: "list",
  iterate: "rounds",
  ifPresent: "maybe"
}

/** All that the condition and the step itself wait for, as it stands in `Step.after`. */
export const waitsFor = ({ after, when }: Node): ReadonlyArray<number> => when === undefined ? after : [when, ...after]

/** Works of no policy and no pool may end in the moment in which they start. */
export const isAtOnce = ({ count, policies, pool, shape }: Node): boolean =>
  shape === "work" && count === 4 && policies.length === 0 && pool === undefined

/** Milliseconds: so many, and so different, that no two things end at the same moment. */
export const millis = (path: string, { ms }: Work): number => ms * 2 ** 20 + hash(path) % 2 ** 20

/** What comes of a work that ends `at` so many milliseconds after the beginning. Some things get better with time. */
export const fate = ({ luck }: Work, at: number): "answers" | "fails" | "dies" =>
  luck < 80 ? "answers" : luck < 88 ? (at < (luck - 79) * 2 ** 23 ? "fails" : "answers") : luck < 98 ? "fails" : "dies"

/** What a step makes of the answers before it. */
export const combine = (path: string, inputs: ReadonlyArray<unknown>): number =>
  hash(`${path} ${JSON.stringify(inputs)}`) % 1_000_003

/** FNV-1a, 32 bits. */
const hash = (text: string): number => {
  let sum = 0x811c9dc5
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return sum >>> 0
}
