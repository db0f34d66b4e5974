/**
 * A pool of worker threads for functions that compute for long, or block: the event loop stays free.
 *
 * Name a function by its module and its export, since a closure cannot be sent to another thread.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { availableParallelism } from "node:os"
import { extname } from "node:path"
import type { ResourceLimits } from "node:worker_threads"
import { describe, type Job, perform, type Reply, type Thrown } from "./internal/ModuleFunction.ts"
import { type Loss, WorkerThreads } from "./internal/WorkerThreads.ts"

/**
 * A function threw. `thrown` describes its error, whose class does not survive another thread. The `stack` of this error
 * shows the frames of both threads.
 *
 * @category errors
 */
export class CallFailed extends Schema.TaggedError<CallFailed>()("CallFailed", {
  /** The name of the function, or of the agent that `lift` made of it. */
  function: Schema.String,
  thrown: Schema.Struct({
    name: Schema.String,
    message: Schema.String,
    code: Schema.optionalKey(Schema.Union([Schema.String, Schema.Finite])),
    stack: Schema.optionalKey(Schema.String)
  })
}) {
  override get message() {
    const { message, name } = this.thrown
    return `${this.function} threw ${name}: ${message}`
  }
}

/**
 * The thread ended before the function answered, or could not start. The next call gets another one. The caller decides
 * whether to call again, since the function may have done half of its work.
 *
 * - `exit`: code in it called `process.exit`, or ended the thread from outside, with `exitCode`
 * - `uncaught`: an uncaught error, which is the `cause`
 * - `out-of-memory`: it grew beyond the `resourceLimits`
 * - `boot`: the thread could not start
 * - `module`: the module could not be loaded, or has no such function
 * - `closed`: the pool was closed
 *
 * @category errors
 */
export class WorkerLost extends Schema.TaggedError<WorkerLost>()("WorkerLost", {
  /** The name of the function that was called. */
  function: Schema.String,
  /** The address of its module. */
  module: Schema.String,
  reason: Schema.Literals(["exit", "uncaught", "out-of-memory", "boot", "module", "closed"]),
  exitCode: Schema.optionalKey(Schema.Int),
  /** More about the reason. */
  detail: Schema.optionalKey(Schema.String),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    const why = this.detail ?? (this.cause instanceof Error ? this.cause.message : undefined)
    const code = this.exitCode === undefined ? "" : ` (${this.exitCode})`
    return `${this.function} was not answered: ${ends[this.reason]}${code}${why === undefined ? "" : `: ${why}`} `
      + `(${this.module})`
  }
}

const ends = {
  exit: "its thread exited",
  uncaught: "its thread ended with an uncaught error",
  "out-of-memory": "its thread ran out of memory",
  boot: "its thread could not start",
  module: "its module cannot be used",
  closed: "its pool was closed"
}

/**
 * A function in a module. Its schemas stay on this side: in the other thread it receives the encoded input and returns the
 * encoded output. `structuredClone` must be able to copy both, as it can plain data, dates and bytes.
 *
 * @category models
 */
export interface CpuFunction<I extends AnySchema, O extends AnySchema, F extends AnySchema> {
  /** Such as `new URL("./legacy.js", import.meta.url)`: an ES or CommonJS module, or a TypeScript one outside packages. */
  readonly module: URL
  /**
   * The name of a function, which may return a promise, or of a class with a method `execute` or `run`. Each thread makes
   * one instance of the class, without arguments, so the instance keeps its state between the calls of that thread.
   */
  readonly export: string
  readonly input: I
  readonly output: O
  /**
   * Decodes the errors of the function that its callers handle, from the own properties of an error with its `name` and
   * `message`, or from a thrown value that is not an error. Any other error becomes `CallFailed`.
   */
  readonly error?: F
}

/** A schema that needs no service to decode or encode. @category models */
export type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/**
 * The size of a pool and the limits of its threads.
 *
 * @category models
 */
export interface CpuPoolOptions {
  /** The most threads. Default: the number of processors. */
  readonly size?: number
  /** The fewest threads, also when there is no work. Default: 0. */
  readonly min?: number
  /** How long a thread may be idle before it is ended. Default: 30 seconds. */
  readonly idleTimeToLive?: Duration.Input
  /** Replaces a thread after so many calls, for code that leaks. Default: never. */
  readonly callsPerThread?: number
  /** Limits of one thread's memory, in megabytes. */
  readonly resourceLimits?: ResourceLimits
  /** The address of the module `cpu/worker` of this package, if a bundler has moved it. */
  readonly entry?: URL
}

/**
 * Runs functions of modules and returns what they return or throw.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { CpuPool } from "greenlang"
 *
 * const square = CpuPool.fn({
 *   module: new URL("data:text/javascript,export const square = (n) => n * n"),
 *   export: "square",
 *   input: Schema.Finite,
 *   output: Schema.Finite
 * })
 *
 * await Effect.runPromise(Effect.provide(square(12), CpuPool.layerWorkers({ size: 2 }))) // => 144
 * ```
 *
 * @category services
 */
export class CpuPool extends Context.Service<CpuPool, {
  /** Interruption ends the thread that works on the job. `fn` adds the types and errors. */
  readonly run: (job: Job) => Effect.Effect<Exclude<Reply, { readonly _tag: "Unloadable" }>, WorkerLost>
}>()("greenlang/cpu/CpuPool") {
  /**
   * Calls `target` on a thread of the pool. Fails with the errors that its `error` schema decodes, with `CallFailed`, with
   * `WorkerLost`, and with `SchemaError` when `output` does not decode the answer.
   *
   * Interruption ends the thread at once, whatever it computes. Native code, such as `execFileSync`, ends only when it
   * returns: the interruption waits for that for a second at most.
   */
  static readonly fn = <I extends AnySchema, O extends AnySchema, F extends AnySchema = Schema.Never>(
    target: CpuFunction<I, O, F>
  ): (input: I["Type"]) => Effect.Effect<
    O["Type"],
    F["Type"] | CallFailed | WorkerLost | Schema.SchemaError,
    CpuPool
  > => {
    const encode = Schema.encodeEffect(target.input)
    const decode = Schema.decodeUnknownEffect(target.output)
    const fail = toFailure(target.export, target.error)
    const module = target.module.href
    return function call(input) {
      const caller: { stack?: string } = {}
      Error.captureStackTrace(caller, call)
      return encode(input).pipe(
        Effect.flatMap((input) =>
          Effect.flatMap(CpuPool, (pool) => pool.run({ module, export: target.export, input }))
        ),
        Effect.flatMap((reply) =>
          reply._tag === "Answered" ? decode(reply.value) : Effect.fail(fail(reply.thrown, caller.stack))
        )
      )
    }
  }

  /** Starts threads when they are needed, and ends them with the layer. Idle threads do not keep the process alive. */
  static readonly layerWorkers = (options: CpuPoolOptions = {}): Layer.Layer<CpuPool> =>
    Layer.effect(
      CpuPool,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => new WorkerThreads(settle(options))),
          (threads) => Effect.promise(() => threads.close())
        ),
        (threads) => ({
          run: (job: Job) =>
            // To start a thread takes milliseconds: a turn of its own.
            Effect.andThen(
              Effect.yieldNow,
              Effect.callback<Reply | Loss>((resume) => {
                const task = { job, settle: (ending: Reply | Loss) => resume(Effect.succeed(ending)) }
                threads.submit(task)
                return Effect.promise(() => threads.cancel(task))
              })
            ).pipe(
              Effect.flatMap((ending) => delivered(job, ending)),
              traced(job)
            )
        })
      )
    )

  /** Calls functions in this thread, for tests and for platforms without threads. A call cannot be interrupted. */
  static readonly layerInline: Layer.Layer<CpuPool> = Layer.succeed(CpuPool, {
    run: (job) =>
      Effect.promise(async () => {
        try {
          return await perform({ ...job, input: structuredClone(job.input) })
        } catch (error) {
          return { _tag: "Threw", thrown: describe(error) } as const
        }
      }).pipe(
        Effect.flatMap((reply) => delivered(job, reply)),
        traced(job)
      )
  })
}

/**
 * Makes the typed failure of a thrown value: what `error` decodes, or else `CallFailed`.
 *
 * @internal
 */
export const toFailure = <F extends AnySchema = Schema.Never>(name: string, error: F | undefined) => {
  const read = error && Schema.decodeUnknownResult(error)
  return (thrown: Thrown, callerStack?: string): F["Type"] | CallFailed => {
    const { data, ...described } = thrown
    const typed = read?.(thrown.stack === undefined ? data : { ...described, ...Object(data) })
    if (typed?._tag === "Success") return typed.success
    const failed = new CallFailed({ function: name, thrown: described })
    const frames = [thrown.stack, callerStack].map(framesOf).filter((frames) => frames !== "")
    failed.stack = `CallFailed: ${failed.message}\n${frames.join("\n    --- worker thread ---\n")}`
    return failed
  }
}

const framesOf = (stack: string | undefined) =>
  stack?.split("\n").filter((line) => /^ +at /.test(line)).join("\n") ?? ""

const traced = (job: Job) =>
  Effect.withSpan("CpuPool.run", { attributes: { "cpu.function": job.export } }, { captureStackTrace: false })

const delivered = (job: Job, ending: Reply | Loss) => {
  const at = { function: job.export, module: job.module }
  switch (ending._tag) {
    case "Lost": {
      const { _tag, ...facts } = ending
      return Effect.fail(new WorkerLost({ ...at, ...facts }))
    }
    case "Unloadable":
      return Effect.fail(new WorkerLost({ ...at, reason: "module", detail: ending.detail }))
    default:
      return Effect.succeed(ending)
  }
}

const settle = (options: CpuPoolOptions) => ({
  entry: options.entry ?? new URL(`./worker${extname(import.meta.url)}`, import.meta.url),
  size: options.size ?? availableParallelism(),
  min: options.min ?? 0,
  idleMillis: Duration.toMillis(options.idleTimeToLive ?? "30 seconds"),
  callsPerThread: options.callsPerThread ?? Infinity,
  resourceLimits: options.resourceLimits
})
