/**
 * The language of conditions: look-ups, literals, comparisons, `in`, `and`, `or`, `not`. It cannot call, assign or loop.
 *
 * ```text
 * input.electricity_kwh > 0 and not (results.grid.country in ["US", "CA"])
 * ```
 */
import * as Equal from "effect/Equal"
import type * as Schema from "effect/Schema"
import * as Reference from "./Reference.ts"
import * as Shape from "./Shape.ts"

/** The operators of comparisons. */
export const comparisons = ["==", "!=", "<=", ">=", "<", ">", "in", "not in"] as const

/** An operator between two values. */
export type Comparison = typeof comparisons[number]

/** `at` is where it begins, in characters from the start of the condition. */
export type Condition =
  & { readonly at: number }
  & (
    | { readonly _tag: "Literal"; readonly value: Schema.Json }
    | { readonly _tag: "LookUp"; readonly reference: Reference.Reference }
    | { readonly _tag: "List"; readonly items: ReadonlyArray<Condition> }
    | { readonly _tag: "Not"; readonly operand: Condition }
    | { readonly _tag: "And" | "Or"; readonly left: Condition; readonly right: Condition }
    | { readonly _tag: "Compare"; readonly operator: Comparison; readonly left: Condition; readonly right: Condition }
  )

/** Something wrong with the text of a condition, `at` characters from its start. */
export interface Fault {
  readonly at: number
  readonly message: string
}

/** Thrown and caught by the functions of this language alone. */
export class Stop extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/** What `run` returns, or the fault that stopped it. */
export const stopped = <A>(run: () => A): A | Fault => {
  try {
    return run()
  } catch (stop) {
    if (stop instanceof Stop) return { at: stop.at, message: stop.message }
    throw stop
  }
}

/** Whether a text is not a condition. */
export const isFault = (parsed: Condition | Fault): parsed is Fault => !("_tag" in parsed)

/**
 * The answer for `data`, or why there is none. What is not there is `null`, which only `==`, `!=` and `in` compare.
 */
export const evaluate = (condition: Condition, data: Reference.Data): boolean | Fault =>
  stopped(() => truth(condition, data))

/** Every place that it looks at, with where that is said. */
export const references = (
  condition: Condition
): ReadonlyArray<{ readonly reference: Reference.Reference; readonly at: number }> => {
  switch (condition._tag) {
    case "Literal":
      return []
    case "LookUp":
      return [condition]
    case "List":
      return condition.items.flatMap(references)
    case "Not":
      return references(condition.operand)
    default:
      return [...references(condition.left), ...references(condition.right)]
  }
}

/** What cannot be evaluated, whatever the data: `shapeOf` says what stands at a reference. */
export const check = (
  condition: Condition,
  shapeOf: (reference: Reference.Reference) => Shape.Shape
): ReadonlyArray<Fault> => {
  const faults: Array<Fault> = []
  const shape = (expression: Condition): Shape.Shape => {
    switch (expression._tag) {
      case "Literal":
        return Shape.ofValue(expression.value)
      case "LookUp":
        return shapeOf(expression.reference)
      case "List":
        expression.items.forEach(shape)
        return Shape.list(Shape.unknown)
      case "Not":
        expect(expression.operand, ["boolean"], "not")
        return boolean
      case "And":
      case "Or":
        expect(expression.left, ["boolean"], expression._tag.toLowerCase())
        expect(expression.right, ["boolean"], expression._tag.toLowerCase())
        return boolean
      case "Compare":
        compare(expression)
        return boolean
    }
  }
  const expect = (expression: Condition, wanted: ReadonlyArray<Shape.Type>, by: string) => {
    const found = shape(expression)
    const types = Shape.types(found)
    if (types === undefined || wanted.some((type) => types.has(type))) return types
    faults.push({
      at: expression.at,
      message: `${by} takes ${wanted.map((type) => nouns[type]).join(" or ")}, and this is ${Shape.words(found)}`
    })
    return undefined
  }
  const compare = ({ at, left, operator, right }: Condition & { readonly _tag: "Compare" }) => {
    if (operator === "==" || operator === "!=") {
      const [a, b] = [shape(left), shape(right)]
      // what may be absent is null then
      const problems = [left, right].some(isNull)
        ? []
        : Shape.mismatches(b, a)
      if (problems.length > 0) {
        faults.push({ at, message: `these are never equal: one is ${Shape.words(a)}, the other ${Shape.words(b)}` })
      }
    } else if (operator === "in" || operator === "not in") {
      const a = shape(left)
      const types = expect(right, ["array", "string"], operator)
      const items = right._tag === "List" ? right.items : []
      const listed = items.map(shape)
      // what may be absent is null then
      const never = !items.some(isNull) && listed.every((item) => Shape.mismatches(item, a).length > 0)
      if (listed.length > 0 && never) {
        const all = listed.map(Shape.words).join(", ")
        faults.push({ at, message: `nothing in the list can be equal: one is ${Shape.words(a)}, the others ${all}` })
      }
      if (types?.has("array") === false && Shape.types(a)?.has("string") === false) {
        faults.push({ at, message: `${operator} looks for a text in a text, and ${Shape.words(a)} is none` })
      }
    } else {
      const a = expect(left, ["number", "string"], operator)
      const b = expect(right, ["number", "string"], operator)
      if (
        a !== undefined && b !== undefined && !a.has("string") !== !b.has("string") &&
        !a.has("number") !== !b.has("number")
      ) {
        faults.push({ at, message: `${operator} compares two numbers, or two texts, and not one with the other` })
      }
    }
  }
  expect(condition, ["boolean"], "a condition")
  return faults
}

const isNull = (expression: Condition) => expression._tag === "Literal" && expression.value === null

const boolean = Shape.make({ type: "boolean" })

const nouns: Partial<Record<Shape.Type, string>> = {
  boolean: "true or false",
  number: "a number",
  string: "a text",
  array: "a list"
}

const truth = (condition: Condition, data: Reference.Data): boolean => {
  const value = valueOf(condition, data)
  if (typeof value === "boolean") return value
  throw new Stop(condition.at, `${described(condition, value)} should be true or false`)
}

const valueOf = (condition: Condition, data: Reference.Data): Schema.Json => {
  switch (condition._tag) {
    case "Literal":
      return condition.value
    case "LookUp":
      return Reference.find(condition.reference, data) ?? null
    case "List":
      return condition.items.map((item) => valueOf(item, data))
    case "Not":
      return !truth(condition.operand, data)
    case "And":
      return truth(condition.left, data) && truth(condition.right, data)
    case "Or":
      return truth(condition.left, data) || truth(condition.right, data)
    case "Compare":
      return compare(condition, data)
  }
}

const compare = (
  { left, operator, right }: Condition & { readonly _tag: "Compare" },
  data: Reference.Data
): boolean => {
  const [a, b] = [valueOf(left, data), valueOf(right, data)]
  switch (operator) {
    case "==":
      return Equal.equals(a, b)
    case "!=":
      return !Equal.equals(a, b)
    case "in":
    case "not in": {
      const found = Array.isArray(b)
        ? b.some((one) => Equal.equals(one, a))
        : typeof b === "string" && typeof a === "string"
        ? b.includes(a)
        : undefined
      if (found === undefined) throw new Stop(right.at, `${described(right, b)} should be a list`)
      return operator === "in" ? found : !found
    }
    default: {
      const order = typeof a === "number" && typeof b === "number"
        ? a - b
        : typeof a === "string" && typeof b === "string"
        ? (a < b ? -1 : a > b ? 1 : 0)
        : undefined
      if (order === undefined) {
        const [at, value] = typeof a === "number" || typeof a === "string" ? [right, b] : [left, a]
        throw new Stop(at.at, `${described(at, value)} cannot be compared by ${operator}`)
      }
      return operator === "<" ? order < 0 : operator === "<=" ? order <= 0 : operator === ">" ? order > 0 : order >= 0
    }
  }
}

/** Names the place and the kind of value: the value itself may be private. */
const described = (condition: Condition, value: Schema.Json): string => {
  const what = value === null ? "null" : Shape.words(Shape.make({ type: Shape.typeOf(value) }))
  if (condition._tag !== "LookUp") return what
  return value === null ? `${condition.reference.text}, which is not there,` : `${condition.reference.text}, ${what},`
}
