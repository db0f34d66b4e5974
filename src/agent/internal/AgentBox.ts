/**
 * What an agent is: the interface, and the one way to make a value of it. `Agent.ts` is its public face.
 */
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import { type Pipeable, Prototype } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import * as Described from "../../internal/Described.ts"
import type { RunError } from "../AgentError.ts"
import type { AgentResult } from "../AgentResult.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"
import type { RunOptions } from "../RunOptions.ts"
import type { Stats } from "../Stats.ts"
import type * as Tool from "../Tool.ts"
import * as Lifecycle from "./Lifecycle.ts"

/**
 * `unknown` where the schema `F` describes every failure in `E`, or where none was stated; else which one it leaves out, in words,
 * so that the compiler says so.
 *
 * @category utility types
 */
export type Covers<F extends AnySchema, E> = unknown extends F["Type"] ? unknown
  : [Exclude<E, F["Type"]>] extends [never] ? unknown
  : `${NameOf<Exclude<E, F["Type"]>>} is not in error`

/**
 * `E`, as a type that the compiler does not infer from where the result is used: how an agent fails, its own functions say.
 *
 * @category utility types
 */
export type OwnFailure<E> = [E] extends [infer Own] ? Own : never

/** What the compiler calls a failure. @category utility types */
export type NameOf<E> = E extends { readonly _tag: infer T extends string } ? T
  : E extends string ? `"${E}"`
  : "an untagged failure"

/** The key under which an agent keeps what it is made of. @category models */
export const TypeId: unique symbol = Symbol.for("greenlang/agent/Agent")

/** A schema that needs no service to read or write. @category models */
export type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/**
 * The schemas of an agent. `error` is `undefined` where the agent states no schema of its failures.
 *
 * @category models
 */
export interface Schemas<
  out Out = unknown,
  out I extends AnySchema = AnySchema,
  out O extends Schema.ConstraintCodec<Out, unknown> = Schema.ConstraintCodec<Out, unknown>,
  out F extends AnySchema | undefined = AnySchema | undefined
> {
  readonly input: I
  readonly output: O
  readonly error: F
}

/**
 * `S` has the exact types of the schemas, which then serve elsewhere too, such as in an HTTP endpoint.
 *
 * Every `run` is an execution of its own: with an id, a clock reading, citations and usage, whatever else runs.
 *
 * @category models
 */
export interface Agent<in In, out Out, out E = never, out R = never, out S extends Schemas<Out> = Schemas<Out>>
  extends Pipeable
{
  readonly [TypeId]: Lifecycle.Lifecycle
  /** `lifted` for blocking code that runs on threads of its own. */
  readonly mode: "effect" | "lifted"
  readonly name: string
  readonly version: string
  readonly description: string
  readonly input: S["input"]
  readonly output: S["output"]
  /** The schema of `E`, when the agent stated one. */
  readonly error: S["error"]
  /** What the agent's program, or a model on its behalf, can call. */
  readonly tools: ReadonlyArray<Tool.Any>
  /** How the runs so far ended. */
  readonly stats: Effect.Effect<Stats>
  readonly run: (input: In, options?: RunOptions) => Effect.Effect<AgentResult<Out>, E | RunError, R>
}

/** @category models */
export type Any = Agent<never, unknown, unknown, unknown>

/** The input of `A`, encoded. @category utility types */
export type Input<A> = A extends Agent<infer In, infer _Out, infer _E, infer _R> ? In : never
/** The answer of `A`. @category utility types */
export type Output<A> = A extends Agent<infer _In, infer Out, infer _E, infer _R> ? Out : never
/** How `A` can fail, besides `RunError`. @category utility types */
export type Failure<A> = A extends Agent<infer _In, infer _Out, infer E, infer _R> ? E : never
/** What `A` needs. @category utility types */
export type Services<A> = A extends Agent<infer _In, infer _Out, infer _E, infer R> ? R : never

/**
 * Whether a value is an agent. A value that throws when it is asked is not one.
 *
 * @category guards
 */
export const isAgent: (u: unknown) => u is Any = Described.guard((u): u is Any =>
  typeof u === "object" && u !== null && TypeId in u
)

/** Throws `InvalidDefinition` where `given` is not an agent. `subject` is what needs one. */
export const checkAgent = (subject: string, given: unknown): void => {
  if (isAgent(given)) return
  throw new InvalidDefinition({ subject, problem: `it was given ${Described.kind(given)}`, expected: "an agent" })
}

/**
 * The agent of a definition, which has its types erased: the caller states them.
 *
 * @internal
 */
export const fromDefinition = <In, Out, E, R, S extends Schemas<Out> = Schemas<Out>>(
  definition: Lifecycle.Definition
): Agent<In, Out, E, R, S> => {
  const lifecycle = Lifecycle.make(definition)
  return Object.assign(Object.create(Proto), {
    [TypeId]: lifecycle,
    mode: definition.mode ?? "effect",
    name: definition.name,
    version: definition.version,
    description: definition.description ?? "",
    input: definition.input,
    output: definition.output,
    error: definition.error,
    tools: definition.tools ?? [],
    stats: lifecycle.stats,
    run: lifecycle.run
  })
}

const Proto = {
  ...Prototype,
  toJSON(this: Any) {
    return { _id: "Agent", name: this.name, version: this.version, stats: Effect.runSync(this.stats) }
  },
  [Inspectable.NodeInspectSymbol](this: Any & { toJSON(): unknown }) {
    return this.toJSON()
  }
}
