/**
 * The same text for values that are equal, in whichever order their keys were written.
 */
export const stringify = (value: unknown): string =>
  JSON.stringify(value, (_, value: unknown) => {
    if (typeof value === "bigint") return `${value}n`
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1))
      : value
  })
