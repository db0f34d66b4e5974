/**
 * How much a JSON Schema is once each reference in it stands for what it leads to, which a reader of JSON Schema makes of it: thirty
 * definitions that refer to the next one twice are a billion schemas.
 */

/** What is wrong with a JSON Schema that stands for too many. Takes time by the size of what is written. */
export const problem = (schema: unknown): string | undefined => {
  const definitions = definitionsOf(schema)
  const known = new Map<unknown, number>()
  const isOpen = new Set<unknown>()
  // A stack of its own: definitions may be a long chain. What refers to a schema that it stands in is not unfolded.
  const open = [schema]
  while (open.length > 0) {
    const part = open.at(-1)
    const next = known.has(part) ? [] : partsOf(part, definitions, part === schema)
    const missing = isOpen.has(part) ? [] : next.filter((one) => !known.has(one) && !isOpen.has(one))
    if (missing.length > 0) {
      isOpen.add(part)
      for (const one of missing) open.push(one)
      continue
    }
    open.pop()
    if (known.has(part)) continue
    isOpen.delete(part)
    known.set(part, Math.min(next.reduce<number>((all, one) => all + (known.get(one) ?? 0), 1), most + 1))
  }
  return known.get(schema)! > most ? `stands for more than ${most} schemas` : undefined
}

/** More than a schema that a person wrote. */
const most = 50_000

const definitionsOf = (schema: unknown): ReadonlyMap<string, unknown> =>
  new Map(
    fieldsOf(schema).flatMap(([key, inside]) =>
      key === "$defs" || key === "definitions" ? fieldsOf(inside).filter(([, one]) => isObject(one)) : []
    )
  )

/** The objects and lists in a schema, and those that it refers to. Its definitions are in it where it refers to them. */
const partsOf = (
  part: unknown,
  definitions: ReadonlyMap<string, unknown>,
  isRoot: boolean
): ReadonlyArray<unknown> =>
  fieldsOf(part).flatMap(([key, inside]) => {
    if (isObject(inside)) return isRoot && (key === "$defs" || key === "definitions") ? [] : [inside]
    const name = key === "$ref" && typeof inside === "string" ? nameIn(inside) : ""
    return definitions.get(name) ?? []
  })

/** The last part of a reference, as its definition writes it: `%20` is a space, `~1` a slash and `~0` a tilde. */
const nameIn = (reference: string): string => {
  const name = reference.slice(reference.lastIndexOf("/") + 1)
  if (!/[%~]/.test(name)) return name
  try {
    return decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~")
  } catch {
    // Not a reference: the reader refuses it.
    return name
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const fieldsOf = (value: unknown): ReadonlyArray<readonly [string, unknown]> =>
  isObject(value) ? Object.entries(value) : []
