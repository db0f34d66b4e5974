/**
 * Values as JSON that may be recorded and shown: encoded by their schema, with secrets left out.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SecretName from "./SecretName.ts"

/**
 * How many levels of objects and lists a value may have. Code that walks JSON deeper down may exhaust the stack. It is twice the
 * bound of agents (`ForeignValue`), whose schemas take more of the stack for each level: the record of a run holds its input
 * and its output below levels of its own.
 */
export const mostLevels = 1_000

/** How many values an input may hold. What is in several places counts in each, since code that reads it meets it in each. */
export const mostValues = 1_000_000

/** How many lists and objects an input may hold: each takes the memory and the time of several values. */
export const mostBoxes = 400_000

/**
 * `value` is of the type side of `schema`. What the schema says is `Redacted`, and would encode as the secret it hides, is
 * `<redacted>`. Nothing where JSON cannot hold the value, it has more than `mostLevels` levels, or its schema fails to
 * encode it.
 */
export const toJson = (schema: Schema.Constraint, value: unknown): Effect.Effect<Schema.Json | undefined> =>
  encoded(schema, value, ({ isJson: holdsJson }) => holdsJson && isJson(value))

/** Whether any value that `schema` has read, or checked, is JSON: it leaves nothing open, and encodes to what it is. */
export const isSure = (schema: Schema.Constraint): boolean => codecOf(schema).isSure

/** As `toJson`, for what `schema` has read, or checked, just now: it is not looked at again. @category encoding */
export const ofRead = (schema: Schema.Constraint, value: unknown): Effect.Effect<Schema.Json | undefined> =>
  encoded(schema, value, ({ isSure }) => isSure)

const encoded = (
  schema: Schema.Constraint,
  value: unknown,
  isKnown: (codec: JsonCodec) => boolean
): Effect.Effect<Schema.Json | undefined> =>
  Effect.suspend(() => {
    const codec = codecOf(schema)
    // What is known to be JSON is of that type.
    if (isKnown(codec)) return Effect.succeed(value as Schema.Json)
    return Effect.map(
      codec.encode(value),
      (json) => isJson(json) || !isDeep(json) && is(json) ? json : undefined
    )
  }).pipe(Effect.catchCause(() => Effect.undefined))

interface JsonCodec {
  /** Whether the values of the schema are JSON as they are. */
  readonly isJson: boolean
  /** Whether what the schema has read is JSON for sure: it leaves nothing open. */
  readonly isSure: boolean
  readonly encode: (value: unknown) => Effect.Effect<unknown, unknown>
}

const codecs = new WeakMap<SchemaAST.AST, JsonCodec>()

const codecOf = ({ ast }: Schema.Constraint): JsonCodec => {
  const known = codecs.get(ast)
  if (known !== undefined) return known
  const type = hide(SchemaAST.toType(ast))
  const schema = Schema.toCodecJson(Schema.make<Schema.ConstraintCodec<unknown, unknown>>(type))
  const isJson = schema.ast === type
  const codec = {
    isJson,
    isSure: isJson && !holds(type, SchemaAST.isAny),
    encode: Schema.encodeUnknownEffect(schema)
  }
  codecs.set(ast, codec)
  return codec
}

/** What a look at a value finds out beside. */
export interface SecretSearch {
  /** Whether the value may hold secrets: until a look at all of it has found none. */
  mayHold: boolean
}

/**
 * Whether `value` is plain JSON of at most `levels` levels, `mostValues` values and `mostBoxes` lists and objects. It may throw as
 * `value` does. For large values it takes a tenth of the time of `Schema.is(Schema.Json)`, which keeps each object in a set. With `search`, also
 * looks for texts that are secrets by their names.
 */
export const isJson = (value: unknown, levels = mostLevels, search?: SecretSearch): value is Schema.Json => {
  if (!isPart(value)) return false
  let level: ReadonlyArray<object> = isBox(value) ? [value] : []
  let left = mostValues
  let boxes = mostBoxes
  let isFound = search === undefined
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === levels) return false
    const below: Array<object> = []
    for (const one of level) {
      if (!Array.isArray(one) && !isPlain(one)) return false
      const keys = Array.isArray(one) ? undefined : Object.keys(one)
      const length = keys === undefined ? (one as ReadonlyArray<unknown>).length : keys.length
      if ((left -= length) < 0) return false
      for (let at = 0; at < length; at++) {
        const part: unknown = one[(keys === undefined ? at : keys[at]) as never]
        if (isBox(part)) below.push(part)
        else if (!isPart(part)) return false
        else if (!isFound && keys !== undefined && typeof part === "string") {
          isFound = SecretName.isTelling(keys[at]!, part)
        }
      }
    }
    if ((boxes -= below.length) < 0) return false
    level = below
  }
  if (search !== undefined) search.mayHold = isFound
  return true
}

const isBox = (value: unknown): value is object => typeof value === "object" && value !== null

/** Whether a value may stand in JSON, whatever its own parts are. */
const isPart = (value: unknown): boolean =>
  typeof value === "number"
    ? Number.isFinite(value)
    : typeof value === "string" || typeof value === "boolean" || typeof value === "object"

/**
 * Parses JSON from outside of at most `mostLevels` levels. Throws a `SyntaxError` for any other text. A text of too many levels is
 * refused where they begin, before the engine takes memory for each of them.
 *
 * @category decoding
 */
export const parse = (json: string): unknown => {
  if (isDeepText(json)) throw new SyntaxError(`the JSON is nested more than ${mostLevels} levels deep`)
  return JSON.parse(json)
}

/**
 * A schema of texts from outside that are JSON of `schema`, of at most `levels` levels. A text of more levels is refused before it is
 * parsed: `Schema.fromJsonString` would walk down all of them.
 *
 * @category decoding
 */
export const fromText = <S extends Schema.Constraint>(schema: S, levels = mostLevels) =>
  Schema.String.check(
    Schema.makeFilter((text) =>
      isDeepText(text, levels) ? `the JSON is nested more than ${levels} levels deep` : undefined
    )
  ).pipe(Schema.decodeTo(Schema.fromJsonString(schema)))

/** Whether JSON has more than so many levels. The text may be wrong, and may end anywhere. */
export const isDeepText = (json: string, levels = mostLevels): boolean => {
  let level = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === quote) {
      for (at++; at < json.length && json.charCodeAt(at) !== quote; at++) if (json.charCodeAt(at) === backslash) at++
    } else if (code === openList || code === openObject) {
      if (++level > levels) return true
    } else if (code === closeList || code === closeObject) level--
  }
  return false
}

const quote = 0x22
const backslash = 0x5c
const openList = 0x5b
const closeList = 0x5d
const openObject = 0x7b
const closeObject = 0x7d

/** Whether it is an object of fields alone, of no class. */
export const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether `value` has more than so many levels, or is a circle. */
export const isDeep = (value: unknown, levels = mostLevels): boolean =>
  isShallow(value, levels, { left: mostValues }) ? false : hasLevels(value, levels)

/** Sure only where it is: a value of very many parts, or one of whose parts are in many places, has to be looked at part by part. */
const isShallow = (value: unknown, levels: number, count: { left: number }): boolean => {
  // bytes hold numbers alone
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true
  if (levels === 0 || --count.left < 0) return false
  if (Array.isArray(value)) {
    for (const inner of value as ReadonlyArray<unknown>) if (!isShallow(inner, levels - 1, count)) return false
    return true
  }
  // of an object with many keys, `Object.values` takes three times as long
  for (const key of Object.keys(value)) {
    if (!isShallow((value as Readonly<Record<string, unknown>>)[key], levels - 1, count)) return false
  }
  return true
}

/** Walks level by level, each object of a level once. */
const hasLevels = (value: unknown, levels: number): boolean => {
  let level = new Set<object>()
  add(level, value)
  for (let depth = 0; level.size > 0; depth++) {
    if (depth === levels) return true
    const below = new Set<object>()
    for (const one of level) {
      if (ArrayBuffer.isView(one)) continue
      if (Array.isArray(one)) { for (const inner of one as ReadonlyArray<unknown>) add(below, inner) }
      else for (const key of Object.keys(one)) add(below, (one as Readonly<Record<string, unknown>>)[key])
    }
    level = below
  }
  return false
}

const add = (level: Set<object>, value: unknown): void => {
  if (typeof value === "object" && value !== null) level.add(value)
}

const is = Schema.is(Schema.Json)

/** Whether values of the schema hold what is `Redacted`. */
export const holdsSecrets = (schema: Schema.Constraint): boolean => holds(SchemaAST.toType(schema.ast), isRedacted)

const holds = (ast: SchemaAST.AST, is: (ast: SchemaAST.AST) => boolean): boolean => {
  const seen = new Set<SchemaAST.AST>()
  let found = false
  const visit = (ast: SchemaAST.AST): SchemaAST.AST => {
    if (seen.has(ast)) return ast
    seen.add(ast)
    if (is(ast)) found = true
    else if (SchemaAST.isSuspend(ast)) visit(ast.thunk())
    else if ("recur" in ast && typeof ast.recur === "function") ast.recur(visit)
    return ast
  }
  visit(ast)
  return found
}

/** The same type, written as JSON without what its schema says is `Redacted`, and read back where a text may stand there. */
export const withoutSecrets = <A>(schema: Schema.ConstraintCodec<A, unknown>): Schema.Codec<A> =>
  Schema.make<Schema.Codec<A>>(hide(SchemaAST.toType(schema.ast)))

/** The same schema, but for its secrets. */
const hide = (ast: SchemaAST.AST): SchemaAST.AST => {
  if (isRedacted(ast)) return SchemaAST.isOptional(ast) ? Schema.optionalKey(Hidden).ast : Hidden.ast
  // how Effect itself walks a schema, as in `SchemaAST.toType`; its declarations leave the method out
  return "recur" in ast && typeof ast.recur === "function" ? ast.recur(hide) : ast
}

const isRedacted = (ast: SchemaAST.AST): boolean => {
  const declared = SchemaAST.isDeclaration(ast) ? ast.annotations?.representation : undefined
  return typeof declared === "object" && declared !== null && "id" in declared &&
    declared.id === "effect/schema/Redacted"
}

/** Takes anything for what it is, and says nothing of it. */
const Hidden = Schema.declareConstructor<unknown>()([], () => Effect.succeed, {
  toCodecJson: () =>
    Schema.link<unknown>()(Schema.String, {
      decode: SchemaGetter.forbidden(() => "What is hidden cannot be read again"),
      encode: SchemaGetter.transform(() => "<redacted>")
    })
})
