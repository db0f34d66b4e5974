/**
 * Makes an agent of code that blocks, or computes for long: on a worker thread, or on this thread if it is short.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput, InvalidOutput } from "../agent/AgentError.ts"
import * as Issue from "../agent/Issue.ts"
import type { Settings } from "../agent/RunOptions.ts"
import { type AnySchema, CallFailed, type CpuFunction, CpuPool, toFailure, WorkerLost } from "./CpuPool.ts"
import { describe } from "./internal/ModuleFunction.ts"

/**
 * The options of a lifted agent, besides its function.
 *
 * @category models
 */
export interface LiftOptions extends Partial<Settings> {
  readonly version: string
  /** One line for people and models that choose among agents. */
  readonly description?: string
}

/**
 * Makes an agent of a function in a module, which runs on a thread of `CpuPool`. Timeouts and interruption end that thread.
 *
 * The agent decodes its input, as every agent does. The function receives the encoded form of that, and returns the encoded
 * form of the output, since classes do not survive between threads. `CpuFunction` says what the function may be.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { CpuPool, lift, AgentRuntime } from "greenlang"
 *
 * const Primes = lift("Primes", {
 *   version: "1.0.0",
 *   module: new URL(`data:text/javascript,
 *     const isPrime = (n) => n > 1 && !Array.from({ length: n }).some((_, i) => i > 1 && n % i === 0);
 *     export const primesBelow = (n) => Array.from({ length: n }, (_, i) => i).filter(isPrime)`),
 *   export: "primesBelow",
 *   input: Schema.Int,
 *   output: Schema.Array(Schema.Int)
 * })
 *
 * const program = Effect.scoped(Effect.gen(function*() {
 *   const primes = yield* AgentRuntime.make(Primes, CpuPool.layerWorkers({ size: 1 }))
 *   return (yield* primes.run(12)).value
 * }))
 * await Effect.runPromise(program) // => [2, 3, 5, 7, 11]
 * ```
 *
 * @category constructors
 */
export const lift = <I extends AnySchema, O extends AnySchema, F extends AnySchema = Schema.Never>(
  name: string,
  options: LiftOptions & CpuFunction<I, O, F>
): Agent.Agent<I["Encoded"], O["Type"], F["Type"] | CallFailed | WorkerLost, CpuPool> => {
  const { error, export: _export, input, module: _module, output, ...settings } = options
  const encode = Schema.encodeEffect(input)
  const call = CpuPool.fn({ ...options, input: Schema.toEncoded(input) })
  return Agent.fromDefinition({
    ...settings,
    mode: "lifted",
    name,
    input,
    output,
    checked: true,
    error: Schema.Union([...(error === undefined ? [] : [error]), CallFailed, WorkerLost]),
    execute: (value: I["Type"]) =>
      encode(value).pipe(
        Effect.mapError(({ issue }) => new InvalidInput({ agent: name, issues: Issue.describe(input, issue) })),
        Effect.flatMap((encoded) =>
          Effect.catchIf(call(encoded), Schema.isSchemaError, ({ issue }) =>
            Effect.fail(new InvalidOutput({ agent: name, issues: Issue.describe(output, issue) })))
        )
      )
  })
}

/**
 * Makes an agent of a short synchronous function, on this thread. `error` decodes what it throws, as in `lift`; any other
 * error becomes `CallFailed`. Nothing else runs meanwhile: use `lift` for more than a few milliseconds.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { liftSync } from "greenlang"
 *
 * const Parse = liftSync("Parse", {
 *   version: "1.0.0",
 *   input: Schema.String,
 *   output: Schema.Json,
 *   execute: (text) => JSON.parse(text)
 * })
 *
 * const failure = await Effect.runPromise(Effect.flip(Parse.run("{")))
 * failure.message.startsWith("Parse threw SyntaxError") // => true
 * ```
 *
 * @category constructors
 */
export const liftSync = <I extends AnySchema, O extends AnySchema, F extends AnySchema = Schema.Never>(
  name: string,
  options: LiftOptions & {
    readonly input: I
    readonly output: O
    readonly error?: F
    readonly execute: (input: I["Type"]) => O["Type"]
  }
): Agent.Agent<I["Encoded"], O["Type"], F["Type"] | CallFailed> => {
  const { error, execute, ...settings } = options
  const fail = toFailure(name, error)
  const isOwn: (thrown: unknown) => thrown is F["Type"] = Schema.is(error ?? Schema.Never)
  return Agent.fromDefinition({
    ...settings,
    name,
    error: Schema.Union([...(error === undefined ? [] : [error]), CallFailed]),
    execute: (input: I["Type"]) =>
      Effect.try({
        try: () => execute(input),
        catch: (thrown) => isOwn(thrown) ? thrown : fail(describe(thrown))
      })
  })
}
