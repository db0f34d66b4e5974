/**
 * The tests of pipelines that say what only a run in process can do, each with the reason. All others run on every engine.
 */

const answersAtOnce = "a durable run is written to a database, and so does not answer synchronously"
const costs = "counts what a run in process costs; bench/Durable.bench.ts has the costs of durable runs"
const beginsLater = "interrupts a run before a worker has taken it: nothing of it had begun"
const recordedLater = "a step has failed once PostgreSQL holds its failure: what is ready beside it starts meanwhile"
const levels = "a record holds at most 1,000 levels: the step fails with InvalidOutput"

/** Why each is left out, by its name with those of the groups around it. */
export const leftOut: ReadonlyMap<string, string> = new Map([
  ["Pipeline > answers without waiting when no step waits", answersAtOnce],
  ["a run > answers synchronously though its steps yield, or are very many", answersAtOnce],
  [
    "Pipeline > gives its steps the references, services and span of the run",
    "lists all spans: those of the engine and of its database are among them"
  ],
  ["Step.promise > starts no fiber", costs],
  [
    "Step.promise > fails with PromiseRejected, or with what `catch` makes of the rejection",
    "asks for the same error object: a record gives an equal one"
  ],
  [
    "Step.promise > aborts its signal when the run is interrupted, and waits until the promise has settled",
    beginsLater
  ],
  [
    "Step.promise > leaves a promise that ignores its signal behind after a second, with and without a policy around it",
    beginsLater
  ],
  [
    "back-pressure > ends the run, and what it holds, with a reader who reads one event",
    "counts the steps that started: a cancelled run stops a moment after its reader"
  ],
  [
    "back-pressure > holds nobody up when the run is interrupted or its time is over",
    "no reader holds a durable run up: its events are rows. The reader of the test does, and is not a step that runs: the run is parked"
  ],
  ...[1_000, 2_000, 8_000, 100_000].map((n) =>
    [`a cache of steps that > is given a value of ${n} levels leaves the run its answer`, levels] as const
  ),
  ...(process.env["PIPELINE_ENGINE"] === "cluster"
    ? [["a failing step > starts nothing after it, even beside steps that never wait", recordedLater] as const]
    : [])
])

/** The files that do not run on an engine, with the reason. */
export const filesLeftOut: ReadonlyMap<string, string> = new Map([
  ["Counts.test.ts", costs],
  ["PipelineTypes.test.ts", "runs the compiler"],
  ["RandomPlan.test.ts", "asks what a step died of: a record has the message of a defect, and not its class"]
])
