/**
 * The files of tests of pipelines that say what only a run in process can do, each with the reason. All others run on every engine,
 * with each of their tests.
 */
export const filesLeftOut: ReadonlyMap<string, string> = new Map([
  [
    "Counts.test.ts",
    "counts what a run in process costs; bench/Durable.bench.ts has the costs of durable runs"
  ],
  [
    "InProcess.test.ts",
    "synchronous answers, error objects by identity, all spans, a reader that holds its run up, answers of 1,000 levels and more"
  ],
  ["PipelineTypes.test.ts", "runs the compiler"]
])
