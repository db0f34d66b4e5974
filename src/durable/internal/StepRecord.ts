/**
 * What the journal keeps of a step that ended: all that a replay needs so that the step need not run again.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as Struct from "effect/Struct"
import { InvalidOutput, RunError } from "../../agent/AgentError.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import type { Issue } from "../../agent/Issue.ts"
import * as Run from "../../agent/Run.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import { NoDefect } from "../../pipeline/internal/NoDefect.ts"
import type { ReplayableRun } from "../../pipeline/internal/ReplayableRun.ts"
import type * as StepScope from "../../pipeline/internal/StepScope.ts"
import { WrongReturn } from "../../pipeline/internal/WrongReturn.ts"
import * as StepDied from "../../pipeline/StepDied.ts"
import { AnswerTooLarge } from "../DurableError.ts"
import * as JsonText from "./JsonText.ts"
import * as StepAnswer from "./StepAnswer.ts"

type AnySchema = Schema.ConstraintCodec<unknown, unknown>
type AnyExit = Exit.Exit<unknown, unknown>

/** What is kept of a step that failed. */
export const Failed = Schema.Struct({
  place: Schema.Int,
  ended: Schema.optionalKey(Schema.Array(Schema.String)),
  running: Schema.optionalKey(Schema.Array(Schema.String))
})

/** `exit` is JSON by the schemas of the step. Times are Unix milliseconds. */
export const StepRecord = Schema.Struct({
  exit: Schema.Json,
  /** The path, below the step, of what each reason of a failure comes from. */
  origins: Schema.optionalKey(Schema.Array(Schema.Array(Schema.String))),
  /** Of a failure. */
  failed: Schema.optionalKey(Failed),
  startedAt: Schema.Finite,
  endedAt: Schema.Finite,
  attempts: Schema.Int,
  skipped: Schema.optionalKey(Schema.Literal(true)),
  keptAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis),
  recovered: Schema.optionalKey(Schema.Struct({ _tag: Schema.String, message: Schema.String })),
  usage: Schema.optionalKey(Run.Usage),
  cited: Schema.optionalKey(Schema.Array(Run.Citation)),
  annotated: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
})

/** A record, decoded. */
export type StepRecord = typeof StepRecord.Type

/** A record as JSON. */
export const toJson = Schema.encodeUnknownSync(Schema.toCodecJson(StepRecord)) as (record: StepRecord) => Schema.Json

/** The record of a row. Throws where the row is damaged. */
export const fromJson = Schema.decodeUnknownSync(Schema.toCodecJson(StepRecord))

/** Whether the step answered. */
export const succeeded = ({ exit }: StepRecord): boolean =>
  typeof exit === "object" && exit !== null && "_tag" in exit && exit._tag === "Success"

/** The bytes of the answer of a record, as JSON; of a failure, those of all of it. */
export const bytesOf = ({ exit }: StepRecord): number => {
  const answer = typeof exit === "object" && exit !== null && "value" in exit ? exit.value : exit
  return Buffer.byteLength(JsonText.stringify(answer))
}

/** Throws at a record that cannot be read. */
export const fromText = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(StepRecord)))

/** Reads and writes the exits of a step. */
export interface ExitCodec {
  readonly output: AnySchema
  readonly encode: (exit: AnyExit) => Effect.Effect<Schema.Json, Schema.SchemaError | NotJson>
  readonly decode: (json: Schema.Json) => Effect.Effect<AnyExit, Schema.SchemaError>
}

const always = Schema.Union([RunError, AnswerTooLarge])
const codecs = new WeakMap<AnySchema, WeakMap<AnySchema, ExitCodec>>()

/**
 * The codec of what answers with `output` and fails with `error`, or as every agent can. Answers and failures are read back
 * as they are in the program, so live and replayed exits are the same. What has a form in JSON only by the transformations of its
 * schema, such as a `Schema.Defect` in a failure, is written by them, and marked.
 */
export const exitCodec = (output: AnySchema = Schema.Void, error: AnySchema = always): ExitCodec => {
  const known = codecs.get(output)?.get(error)
  if (known !== undefined) return known
  const failure = error === always ? always : Schema.Union([error, always])
  const plain = codecOf(Schema.toType(output), Schema.toType(failure))
  const transformed = codecOf(output, failure)
  const marked = (exit: AnyExit) =>
    Effect.map(transformed.encode(exit), (json) => ({ ...json as Marked, transformed: true }))
  const codec: ExitCodec = {
    output,
    encode: (exit) => {
      const asIs = orElse(plain.encode(exit), () => marked(exit))
      if (Exit.isFailure(exit)) return asIs
      if (exit.value === undefined && isOpen(output)) return Effect.succeed(nothing)
      return orElse(
        onlyJson(asIs),
        () => onlyJson(plain.encode(Exit.succeed(StepAnswer.withoutUndefined(exit.value))))
      )
    },
    decode: (json) =>
      isNothing(json)
        ? Effect.succeed(Exit.void)
        : isMarked(json)
        ? transformed.decode(Struct.omit(json, ["transformed"]))
        : plain.decode(json)
  }
  const ofOutput = codecs.get(output) ?? new WeakMap<AnySchema, ExitCodec>()
  codecs.set(output, ofOutput.set(error, codec))
  return codec
}

/** As `Effect.orElse`, also where a value that throws when it is read made the schema die. */
const orElse = <A, E, B, E2>(self: Effect.Effect<A, E>, that: () => Effect.Effect<B, E2>): Effect.Effect<A | B, E2> =>
  Effect.catchCause(
    self,
    (cause) => Cause.hasInterrupts(cause) ? Effect.failCause(cause as Cause.Cause<never>) : that()
  )

/** The record of an answer that is `undefined`, where the schema leaves open what it is. */
const nothing = { _tag: "Success", nothing: true } as const

const isNothing = Schema.is(Schema.TaggedStruct("Success", { nothing: Schema.Literal(true) }))

const isOpen = ({ ast }: AnySchema): boolean => SchemaAST.isAny(ast) || SchemaAST.isUnknown(ast)

/** A schema that leaves open what an answer is writes anything. */
const onlyJson = <E>(self: Effect.Effect<Schema.Json, E>): Effect.Effect<Schema.Json, E | NotJson> =>
  Effect.flatMap(self, (json) => isJson(json) ? Effect.succeed(json) : new NotJson())

class NotJson extends Schema.TaggedError<NotJson>()("NotJson", {}) {}

/** The look of the schema takes ten times as long. */
const isJson = (json: unknown): json is Schema.Json => SafeJson.isJson(json) || isAnyJson(json)
const isAnyJson = Schema.is(Schema.Json)

type Marked = Extract<Schema.Json, { readonly [key: string]: Schema.Json }>

const isMarked = (json: Schema.Json): json is Marked =>
  typeof json === "object" && json !== null && "transformed" in json

const codecOf = (output: AnySchema, error: AnySchema): Omit<ExitCodec, "output"> => {
  const defect = Schema.Union([StepDied.StepDied, WrongReturn, NoDefect, Schema.Defect()])
  const schema: Schema.ConstraintCodec<AnyExit, Schema.Json> = Schema.toCodecJson(
    Schema.Exit(output, error, defect)
  ) as never
  return { encode: Schema.encodeEffect(schema), decode: Schema.decodeEffect(schema) }
}

/**
 * `exit` as JSON. An answer that its schema cannot write, or that is nested too deep, is the `InvalidOutput` of the step, as in
 * process, and names the field; a failure that no schema can write is a defect with its message.
 */
export const encodeExit = (codec: ExitCodec, step: string, exit: AnyExit): Effect.Effect<Schema.Json> => {
  const refused = (issues: ReadonlyArray<Issue>): AnyExit =>
    Exit.fail(new InvalidOutput({ agent: `step \`${step}\``, issues }))
  const instead = (): AnyExit =>
    Exit.isSuccess(exit)
      ? refused(StepAnswer.issues(codec.output, exit.value))
      : Exit.die(new Error(`${step} failed with what its schemas do not describe: ${describe(exit)}`))
  if (Exit.isSuccess(exit) && SafeJson.isDeep(exit.value)) {
    const message = `has more than ${SafeJson.mostLevels} levels of objects and lists`
    return Effect.orDie(codec.encode(refused([{ path: "", message }])))
  }
  return Effect.orDie(
    orElse(
      codec.encode(exit),
      () =>
        Exit.isSuccess(exit)
          ? codec.encode(instead())
          : orElse(codec.encode(withoutCauses(exit)), () => codec.encode(instead()))
    )
  )
}

/** With a text in place of what caused the failures: a program may throw, and reject with, anything. */
const withoutCauses = (exit: AnyExit): AnyExit => {
  if (Exit.isSuccess(exit)) return exit
  return Exit.failCause(Cause.map(exit.cause, (error) => {
    if (!(error instanceof Error) || !("cause" in error)) return error
    const cause = { value: new Error(TaggedMessage.text(error.cause)), enumerable: true }
    return Object.create(Object.getPrototypeOf(error), { ...Object.getOwnPropertyDescriptors(error), cause })
  }))
}

/** Where the reasons of a failure come from, where they come from steps. */
export const originsOf = (exit: AnyExit): Pick<StepRecord, "origins"> => {
  const origins = Exit.isFailure(exit) ? StepDied.origins(exit.cause) : []
  return origins.some(({ length }) => length > 0) ? { origins } : {}
}

const describe = (exit: AnyExit): string =>
  Exit.isFailure(exit)
    ? exit.cause.reasons.map((reason) =>
      reason._tag === "Fail"
        ? TaggedMessage.text(reason.error)
        : reason._tag === "Die"
        ? TaggedMessage.text(reason.defect)
        : "interrupted"
    ).join("; ")
    : ""

/** What the step recorded beside its exit. */
export const details = (scope: StepScope.StepScope | undefined, run: ReplayableRun | undefined) => ({
  attempts: scope?.attempts ?? 1,
  ...(scope?.skipped === true ? { skipped: true as const } : {}),
  ...(scope?.keptAt === undefined ? {} : { keptAt: scope.keptAt }),
  ...(scope?.recovered === undefined ? {} : { recovered: TaggedMessage.of(scope.recovered) }),
  ...(run?.hasUsed === true ? { usage: run.used } : {}),
  ...(run !== undefined && run.cited.length > 0 ? { cited: run.cited } : {}),
  ...(run !== undefined && Object.keys(run.annotated).length > 0 ? { annotated: run.annotated } : {})
})

/** Records in the run, and in the events, what the step recorded when it ran. */
export const restate = (record: StepRecord, scope: StepScope.StepScope | undefined, run: Run.Run | undefined): void => {
  for (const citation of record.cited ?? []) run?.cite(citation)
  for (const [key, value] of Object.entries(record.annotated ?? {})) run?.annotate(key, value)
  if (record.usage !== undefined) run?.addUsage(record.usage)
  if (scope === undefined) return
  scope.attempts = record.attempts
  scope.skipped = record.skipped === true
  scope.keptAt = record.keptAt
  scope.recovered = record.recovered
}
