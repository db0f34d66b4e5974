/**
 * A description of an agent outside the code: an `agent.yaml` next to it.
 *
 * ```yaml
 * name: FuelAgent
 * version: 1.0.0
 * description: Emissions of one fuel purchase
 * inputs: # JSON Schema, draft 2020-12; without this section the input is not checked
 *   type: object
 *   properties:
 *     fuel: { type: string, enum: [natural gas, coal] }
 *     amount: { type: number, minimum: 0, description: in therms }
 *   required: [fuel, amount]
 * ```
 */
import * as Effect from "effect/Effect"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"
import * as ForeignFile from "../internal/ForeignFile.ts"
import * as Issue from "./Issue.ts"

/**
 * What a manifest says. The name and the version in it are the agent's own, since it is read before the agent is made.
 *
 * @category models
 */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Accepts what the `inputs` section does, or anything if there is none. */
  readonly input: Schema.ConstraintCodec<unknown, unknown>
}

/**
 * There is no file at `path`.
 *
 * @category errors
 */
export class ManifestNotFound extends Schema.TaggedError<ManifestNotFound>()("ManifestNotFound", {
  path: Schema.String
}) {
  override get message() {
    return `there is no agent manifest at ${this.path}`
  }
}

/**
 * The file is not YAML, lacks something, or has an `inputs` section that is not a JSON Schema. Every issue is listed.
 *
 * @category errors
 */
export class ManifestInvalid extends Schema.TaggedError<ManifestInvalid>()("ManifestInvalid", {
  path: Schema.String,
  issues: Schema.Array(Issue.Issue)
}) {
  override get message() {
    const lines = this.issues.map(({ message, path }) => `\n  ${path || "(the whole file)"}: ${message}`)
    return `${this.path} does not describe an agent:${lines.join("")}`
  }
}

const Sections = Schema.Struct({
  name: Schema.NonEmptyString,
  version: Schema.NonEmptyString.annotate({ description: `put a number in quotes, as "1.0"` }),
  description: Schema.optionalKey(Schema.String),
  inputs: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
})
const decode = SchemaParser.decodeUnknownEffect(Sections)

const mostBytes = 256 * 1024

/**
 * Reads the manifest at `path`, without blocking. Fails with `PlatformError`, whose reason names the path and says what is
 * wrong in plain words, where there is no file that can be read: a directory, a device, a pipe that nothing writes to, a
 * file without permission or of more than 256 KiB.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Agent, Manifest } from "greenlang"
 * import { mkdtempDisposable, writeFile } from "node:fs/promises"
 * import { tmpdir } from "node:os"
 *
 * const program = Effect.fn(function*(path: string) {
 *   const { input, name, version } = yield* Manifest.load(path)
 *   const echo = Agent.make(name, { version, input, output: input, execute: Effect.succeed })
 *   return (yield* echo.run("hello")).value
 * })
 *
 * await using folder = await mkdtempDisposable(`${tmpdir()}/agent-`)
 * await writeFile(`${folder.path}/agent.yaml`, "{ name: Echo, version: 1.0.0 }")
 * await Effect.runPromise(program(`${folder.path}/agent.yaml`)) // => "hello"
 * ```
 *
 * @category constructors
 */
export const load = Effect.fn("Manifest.load")(
  function*(path: string): Effect.fn.Return<
    Manifest,
    ManifestNotFound | ManifestInvalid | PlatformError
  > {
    const text = yield* ForeignFile.text(path, { mostBytes }).pipe(
      Effect.catchReason("PlatformError", "NotFound", () => Effect.fail(new ManifestNotFound({ path })))
    )
    // loaded with the first manifest: few programs read any
    const Yaml = yield* Effect.promise(() => import("effect/encoding/Yaml"))
    const invalid = (at: string, message: string) => new ManifestInvalid({ path, issues: [{ path: at, message }] })
    const document = yield* Effect.try({ try: () => Yaml.parse(text), catch: (error) => invalid("", messageOf(error)) })
    const { inputs, ...manifest } = yield* decode(document, { errors: "all" }).pipe(
      Effect.mapError((issue) => new ManifestInvalid({ path, issues: Issue.describe(Sections, issue) }))
    )
    if (inputs === undefined) return { ...manifest, description: manifest.description ?? "", input: Schema.Unknown }
    const { read } = yield* Effect.promise(() => import("./internal/StatedSchema.ts"))
    const input = read(inputs)
    if (Result.isFailure(input)) return yield* invalid("inputs", input.failure)
    return { ...manifest, description: manifest.description ?? "", input: input.success }
  }
)

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error)
