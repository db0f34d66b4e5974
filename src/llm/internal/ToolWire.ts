/**
 * Tools as every vendor takes them, and the way back.
 *
 * 1. A name has letters, digits, `_` and `-` only, begins with a letter or `_`, has at most 64 of them, and is unique.
 * 2. The schema of the arguments is an object with `properties`. Another one is put into an object, under the key `input`.
 * 3. A call comes back under the tool's own name, with the arguments that its own schema describes.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import type * as JsonSchema from "effect/JsonSchema"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type { LlmRequest } from "../LlmProvider.ts"
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"
import * as ToolName from "./ToolName.ts"

/** One tool, as it is sent. */
export interface WiredTool {
  readonly tool: AiTool.Any
  readonly name: string
  readonly description: string | undefined
  readonly schema: JsonSchema.JsonSchema
  readonly strict: boolean | undefined
  /** The arguments are the value under `input`. */
  readonly isBoxed: boolean
}

/** The tools of one request. */
export interface ToolWire {
  readonly tools: ReadonlyArray<WiredTool>
  /** The name that is sent for a tool, whether or not it is still offered. */
  readonly nameOf: (name: string) => string
  /** The tool that a model means. */
  readonly find: (name: string) => WiredTool | undefined
  /** What a call of the history was given, as an object. */
  readonly argumentsOf: (name: string, params: unknown) => object
}

/** The tools of `request`, made once for a list of them. */
export const of = ({ tools }: LlmRequest): ToolWire => {
  const known = wires.get(tools)
  if (known !== undefined) return known
  const made = make(tools)
  wires.set(tools, made)
  return made
}

const wires = new WeakMap<LlmRequest["tools"], ToolWire>()

const make = (offered: ReadonlyArray<AiTool.Any>): ToolWire => {
  const taken = new Set(offered.map(({ name }) => name).filter((name) => cleanName(name) === name))
  const tools = offered.map((tool) =>
    wiredAs(tool, AiTool.isProviderDefined(tool) ? tool.name : uniqueName(tool.name, taken))
  )
  const byName = new Map(tools.map((wired) => [wired.tool.name as string, wired]))
  const byWireName = new Map(tools.map((wired) => [wired.name, wired]))
  /** What names that are not those of tools were found to mean. */
  const meant = new Map<string, WiredTool>()
  return {
    tools,
    nameOf: (name) => byName.get(name)?.name ?? cleanName(name),
    find: (name) => {
      const exact = byWireName.get(name) ?? byName.get(name)
      if (exact !== undefined || tools.length === 0) return exact
      const known = meant.get(name)
      if (known !== undefined) return known
      const found = ToolName.find(name, [...byName, ...byWireName])
      if (found !== undefined) meant.set(name, found)
      return found
    },
    argumentsOf: (name, params) => {
      const given = typeof params === "string"
        ? Result.getOrElse(Result.try(() => LooseJson.parse(params)), () => params)
        : params
      if (byName.get(name)?.isBoxed === true && !isUnread(params)) return { input: params }
      if (Predicate.isObject(given) && !Array.isArray(given)) return given
      return given === "" || given === null || given === undefined ? {} : { arguments: params }
    }
  }
}

/** `tool` under `name`. It is made once, as every turn of a loop asks for it. */
const wiredAs = (tool: AiTool.Any, name: string): WiredTool => {
  const known = wired.get(tool)
  if (known?.name === name) return known
  const made = {
    tool,
    name,
    description: AiTool.getDescription(tool),
    ...schemaOf(tool),
    strict: AiTool.getStrictMode(tool)
  }
  wired.set(tool, made)
  return made
}

const wired = new WeakMap<AiTool.Any, WiredTool>()

/** A name that every vendor takes. */
export const cleanName = (name: string): string => {
  const clean = name.replaceAll(/[^\w-]/g, "_").slice(0, longest)
  return /^[A-Za-z_]/.test(clean) ? clean : `_${clean.slice(0, longest - 1)}`
}

const longest = 64

const uniqueName = (name: string, taken: Set<string>): string => {
  const clean = cleanName(name)
  if (clean === name) return name
  let unique = clean
  for (let n = 2; taken.has(unique); n++) unique = `${clean.slice(0, longest - 1 - String(n).length)}_${n}`
  taken.add(unique)
  return unique
}

/**
 * The JSON Schema of what a tool reads, as it is sent. It is made once for each schema, as every turn of a loop asks for it.
 */
export const schemaOf = (tool: AiTool.Any): Pick<WiredTool, "schema" | "isBoxed"> => {
  const key = AiTool.isDynamic(tool) ? tool.jsonSchema ?? tool.parametersSchema : tool.parametersSchema
  const known = schemas.get(key)
  if (known !== undefined) return known
  const made = !AiTool.isDynamic(tool) && takesNothing(tool.parametersSchema)
    ? { schema: nothingness, isBoxed: false }
    : cleanSchema(AiTool.getJsonSchema(tool))
  schemas.set(key, made)
  return made
}

const schemas = new WeakMap<object, Pick<WiredTool, "schema" | "isBoxed">>()

const nothingness: JsonSchema.JsonSchema = { type: "object", properties: {}, additionalProperties: false }

/** `Schema.Struct({})` also takes what is not an object, and would be shown so. */
const takesNothing = ({ ast }: Schema.Constraint): boolean =>
  SchemaAST.isObjects(ast) && ast.propertySignatures.length + ast.indexSignatures.length === 0

/** A schema whose root is an object, as vendors demand, without a reference, a choice or the name of a dialect. */
const cleanSchema = (given: JsonSchema.JsonSchema): Pick<WiredTool, "schema" | "isBoxed"> => {
  const { $id: _id, $schema: _schema, ...root } = inlined(given)
  const isObject = root["type"] === "object" || Predicate.isObject(root["properties"])
    || (Array.isArray(root["type"]) && root["type"].includes("object")) || Object.keys(root).length === 0
  if (!isObject) {
    const { $defs, definitions, ...inner } = root
    return {
      isBoxed: true,
      schema: {
        type: "object",
        properties: { input: inner },
        required: ["input"],
        additionalProperties: false,
        ...($defs === undefined ? {} : { $defs }),
        ...(definitions === undefined ? {} : { definitions })
      }
    }
  }
  const { allOf, anyOf: _any, enum: _enum, not: _not, oneOf: _one, ...object } = root
  const joined = (LooseJson.list(allOf) ?? []).reduce(joinedTo, object)
  return {
    isBoxed: false,
    schema: joined["type"] === "object" && Predicate.isObject(joined["properties"])
      ? joined
      : { ...joined, type: "object", properties: LooseJson.fields(joined["properties"]) ?? {} }
  }
}

/** What both of two object schemas demand. */
const joinedTo = (all: JsonSchema.JsonSchema, part: unknown): JsonSchema.JsonSchema => {
  const more = LooseJson.fields(part)
  if (more === undefined) return all
  const required = [...LooseJson.list(all["required"]) ?? [], ...LooseJson.list(more["required"]) ?? []]
  return {
    ...more,
    ...all,
    properties: { ...LooseJson.fields(more["properties"]), ...LooseJson.fields(all["properties"]) },
    ...(required.length === 0 ? {} : { required: Array.from(new Set(required)) })
  }
}

/** The schema that a root `$ref` leads to, with all definitions. */
export const inlined = (schema: JsonSchema.JsonSchema): JsonSchema.JsonSchema => {
  const path = LooseJson.text(schema["$ref"])?.match(/^#\/(\$defs|definitions)\/(.+)$/)
  if (!path) return schema
  const { $ref: _, ...rest } = schema
  const definitions = LooseJson.fields(schema[path[1]!])
  const target = LooseJson.fields(definitions?.[path[2]!.replaceAll("~1", "/").replaceAll("~0", "~")])
  return target === undefined || target["$ref"] === schema["$ref"] ? schema : inlined({ ...target, ...rest })
}

/**
 * A call that a model made. Arguments that cannot be read fail, or, where the caller checks calls itself, are passed on as
 * the text that came.
 */
export const callOf = (
  request: LlmRequest,
  id: string,
  name: string,
  json: string
): Result.Result<Response.ToolCallPartEncoded, AiError.ToolParameterValidationError> => {
  const wired = of(request).find(name)
  const params = paramsOf(json, wired)
  const call = { type: "tool-call" as const, id, name: wired?.tool.name ?? name }
  if (Result.isSuccess(params)) return Result.succeed({ ...call, params: params.success })
  const given = textIn(json)
  return request.toolCallValidation === "deferred"
    ? Result.succeed({ ...call, params: wired?.isBoxed === true ? { arguments: given } : given })
    : Result.fail(new AiError.ToolParameterValidationError({ toolName: call.name, description: params.failure }))
}

const paramsOf = (json: string, wired: WiredTool | undefined): Result.Result<unknown, string> => {
  const trimmed = bareOf(json)
  // Servers in PHP write an object without fields as a list.
  if (trimmed === "" || trimmed === "null" || (wired?.isBoxed !== true && /^\[\s*\]$/.test(trimmed))) {
    return Array.isArray(wired?.schema["required"]) && wired.schema["required"].length > 0
      ? Result.fail("the arguments are missing")
      : Result.succeed({})
  }
  const read = objectIn(trimmed)
  // Whatever came, a tool that takes nothing is not passed it.
  if (wired !== undefined && hasNoFields(wired.schema) && Result.isFailure(read) && isJson(trimmed)) {
    return Result.succeed({})
  }
  return Result.map(read, (given) => wired?.isBoxed === true && "input" in given ? given.input : given)
}

/** Models write a fence around the object, or the mark of their template behind it. */
const bareOf = (json: string): string => {
  const trimmed = json.trim()
  return /^(?:```|<)|(?:```|>)$/.test(trimmed)
    ? trimmed.replace(/^```\w*\s*/, "").replace(/\s*```$/, "").replace(/(?<=[}\]])\s*(?:<\/\w+>|<\|[\w|]+\|>)+$/, "")
      .trim()
    : trimmed
}

/** Some servers write the object as a text, or send `{}` before it. */
const objectIn = (json: string): Result.Result<object, string> => {
  const read = parsed(json)
  if (Result.isFailure(read)) {
    const rest = json.startsWith("{}") ? parsed(json.slice(2)) : saidTwice(json) ?? read
    return Result.isSuccess(rest) && isRecord(rest.success) ? Result.succeed(rest.success) : Result.fail(read.failure)
  }
  let inner: unknown = read.success
  for (let layers = 0; typeof inner === "string" && layers < mostLayers; layers++) {
    inner = Result.getOrUndefined(parsed(inner))
  }
  return isRecord(inner) ? Result.succeed(inner) : Result.fail(`the arguments are not a JSON object: ${json}`)
}

/** The object that stands in a text twice or more, and nothing else. */
const saidTwice = (json: string): Result.Result<unknown, string> | undefined => {
  const values = JsonScan.valuesIn(json)?.map(parsed)
  const first = values?.[0]
  if (values === undefined || first === undefined || Result.isFailure(first) || values.length < 2) return undefined
  const text = JSON.stringify(first.success)
  return values.every((one) => Result.isSuccess(one) && JSON.stringify(one.success) === text) ? first : undefined
}

const hasNoFields = ({ additionalProperties, properties }: JsonSchema.JsonSchema): boolean =>
  additionalProperties === false && LooseJson.isEmptyObject(properties)

const isJson = (text: string): boolean => Result.isSuccess(parsed(text))

/** Layers of JSON in JSON that are taken off. */
const mostLayers = 4

const parsed = (json: string): Result.Result<unknown, string> =>
  Result.try({
    try: () => LooseJson.bounded(json, AiTool.unsafeSecureJsonParse(json)),
    catch: String
  }).pipe(
    Result.orElse((error) =>
      Result.try({
        try: () => LooseJson.bounded(json, AiTool.unsafeSecureJsonParse(LooseJson.mend(json))),
        catch: () => error
      })
    ),
    Result.mapError((error) => `the arguments are not JSON: ${error}`)
  )

/** What came, without the layer of JSON that some servers put around it. */
const textIn = (json: string): string => {
  const inner = Result.getOrUndefined(Result.try((): unknown => JSON.parse(json)))
  return typeof inner === "string" ? inner : json
}

const isRecord = (value: unknown): value is object => LooseJson.fields(value) !== undefined

/** What `callOf` passes on where it could not read the arguments of a boxed call. */
const isUnread = (params: unknown): boolean =>
  Predicate.isObject(params) && Object.keys(params).length === 1 && "arguments" in params
