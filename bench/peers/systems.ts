/**
 * What is compared, and by which scenarios. A scenario that a system has no words for is left out there.
 */
import { chain, fan, type Graph, lattice, random } from "../shapes.ts"

export const systems = ["plain", "greenlang", "langgraph", "mastra", "ai-sdk", "openai-agents"] as const
/** Those with runs that survive their process, on the same PostgreSQL. */
export const durableSystems = ["greenlang", "dbos"] as const
export type System = (typeof systems)[number] | (typeof durableSystems)[number]

/** What the module `scenarios.js` of a system has. Each makes, once, what is then measured again and again. */
export interface Scenarios {
  /** A run of a graph whose steps add one to the sum of what was before; `waits` has their milliseconds. */
  readonly graph?: (shape: Graph, waits?: ReadonlyArray<number>) => (() => Promise<number>) | undefined
  /** Runs of one step that waits, at once. */
  readonly waiting?: (millis: number) => (runs: number) => Promise<ReadonlyArray<number>>
  /** A tool loop of two calls of a model. */
  readonly toolLoop: (baseURL: string) => () => Promise<string>
  /** A call of a model that never answers, ended by the signal. */
  readonly hanging: (baseURL: string) => (signal: AbortSignal) => Promise<unknown>
}

/** Steps that wait between 5 and 40 ms: three quick ones for a slow one, so that each level has a straggler. */
export const stragglers = lattice(4, 4)
export const stragglerWaits: ReadonlyArray<number> = stragglers.map((_, at) => at === 0 ? 0 : at % 5 === 1 ? 40 : 5)

/** Milliseconds of the longest way through a graph. */
export const criticalPath = (shape: Graph, waits: ReadonlyArray<number>): number => {
  const ends: Array<number> = []
  shape.forEach((before, at) => ends.push(waits[at]! + Math.max(0, ...before.map((one) => ends[one]!))))
  return ends.at(-1)!
}

export const graphs = {
  "chain of 100": chain(100),
  "fan of 500": fan(500),
  "lattice of 10 by 20": lattice(10, 20),
  "300 random steps": random(300)
} as const satisfies Record<string, Graph>

/** A scenario, what its figure is, and whether less of it is better. */
export const scenarios = {
  ...Object.fromEntries(Object.keys(graphs).map((name) => [name, { figure: "us of CPU a step" }])),
  stragglers: { figure: "x of the critical path" },
  "100 runs at once": { figure: "us of CPU a run" },
  "1,000 runs at once": { figure: "us of CPU a run" },
  "10,000 runs at once": { figure: "us of CPU a run" },
  "1,000 hanging calls": { figure: "ms until the last is back" },
  "tool loop alone": { figure: "us of CPU a model call" },
  "tool loop, 50 at once": { figure: "us of CPU a model call" },
  "tool loop, first 50 of a process": { figure: "us of CPU a model call" },
  start: { figure: "ms of CPU" },
  "a durable step": { figure: "ms" }
} as Readonly<Record<string, { readonly figure: string }>>

/** Who takes part in a scenario. */
export const systemsOf = (scenario: string): ReadonlyArray<System> =>
  scenario === "a durable step" ? durableSystems : systems

/** One figure of one process. */
export interface Figure {
  readonly system: System
  readonly scenario: string
  /** `null` where the process did not end within a minute. */
  readonly value: number | null
  /** What else was seen there, such as the memory of a run or the connections that were left. */
  readonly beside: Readonly<Record<string, number>>
}
