/**
 * What a value is, never what it holds: for messages, and for values that others gave, which may be proxies that throw.
 */

/** Such as `a number`, `a Promise` or `nothing`. */
export const kind = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (value === null) return "null"
  const name = typeof value === "object" ? className(value) : typeof value
  if (name === "Array") return "a list"
  return name === "object" || name === "Object" ? "an object" : `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`
}

/** A proxy may throw. */
const className = (value: object): string => {
  try {
    if (Array.isArray(value)) return "Array"
    const { name } = value.constructor
    return typeof name === "string" && name !== "" ? name : "object"
  } catch {
    return "object"
  }
}

/** At most ten of them. */
export const list = (names: ReadonlyArray<string>): string => {
  const more = names.length - 10
  return `${names.slice(0, 10).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
}

/** `Array.isArray`, which throws for a proxy that was revoked: that is not a list. */
export const isList = (value: unknown): value is ReadonlyArray<unknown> => {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}

/** `instanceof`. A value that throws when it is asked is not one. */
export const isInstance = <A>(value: unknown, type: abstract new(...args: never) => A): value is A => {
  try {
    return value instanceof type
  } catch {
    return false
  }
}
