/**
 * The files of tests of pipelines that say what an engine of durable runs cannot do, each with the reason. All others run on every
 * engine, with each of their tests.
 */

export type Engine = "memory" | "embedded" | "cluster"

const always: ReadonlyArray<readonly [file: string, reason: string]> = [
  [
    "Counts.test.ts",
    "counts what a run in process costs; bench/Durable.bench.ts has the costs of durable runs"
  ],
  [
    "InProcess.test.ts",
    "synchronous answers, error objects by identity, all spans, a reader that holds its run up, answers of 1,000 levels and more"
  ],
  ["PipelineTypes.test.ts", "runs the compiler"]
]

const onCluster: ReadonlyArray<readonly [file: string, reason: string]> = [
  [
    "RandomPlan.test.ts",
    "says what comes first of two things at the same moment of a virtual clock: PostgreSQL answers in its own time, so that a step may "
    + "begin before the failure beside it is recorded. RandomPipeline.test.ts compares what does not hang on that"
  ]
]

/** The files that `engine` does not run. */
export const filesLeftOut = (engine: Engine): ReadonlyMap<string, string> =>
  new Map(engine === "cluster" ? [...always, ...onCluster] : always)
