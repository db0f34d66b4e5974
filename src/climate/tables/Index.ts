/**
 * Rows of a table by one of their cells, without a walk through the whole table for each look-up.
 */

const indexes = new WeakMap<ReadonlyArray<unknown>, Map<unknown, Map<unknown, ReadonlyArray<unknown>>>>()

/**
 * The rows whose `keyOf` is `key`, in their order. The index is made once for each list of rows and each `keyOf`, which is
 * therefore a function that is defined once.
 *
 * ```ts
 * import * as Index from "greenlang/climate/tables/Index"
 *
 * const rows = [{ fuel: "coal", unit: "kg" }, { fuel: "peat", unit: "kg" }, { fuel: "coal", unit: "GJ" }]
 * const byFuel = (row: { readonly fuel: string }) => row.fuel
 * Index.find(rows, byFuel, "coal").map(({ unit }) => unit) // => ["kg", "GJ"]
 * ```
 *
 * @category reading
 */
export const find = <Row, Key>(
  rows: ReadonlyArray<Row>,
  keyOf: (row: Row) => Key,
  key: NoInfer<Key>
): ReadonlyArray<Row> => {
  const known = indexes.get(rows) ?? new Map<unknown, Map<unknown, ReadonlyArray<unknown>>>()
  indexes.set(rows, known)
  const index = known.get(keyOf) ?? Map.groupBy(rows, keyOf)
  known.set(keyOf, index)
  // the index holds rows of this list
  return (index.get(key) ?? []) as ReadonlyArray<Row>
}

/** What a row is about, as a key of `find`. @category keys */
export const byFuel = (row: { readonly fuel: string }): string => row.fuel
