/**
 * A kind of published table: which files hold its rows, and what a row is.
 */
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"

/**
 * Rows of one kind, from every file of that kind and from data packs. Rows have the names of the CSV's columns; an empty
 * cell is `null`.
 *
 * @category models
 */
export interface Table<out Row> {
  readonly kind: string
  readonly row: Schema.Decoder<Row>
}

/** The type of a row. @category utility types */
export type Row<T> = T extends Table<infer Row> ? Row : never

/**
 * Names the kind and the cells of a row. A cell that is not what its column says fails the look-up with a
 * `DatabaseError`.
 *
 * @category constructors
 */
export const make = <const Fields extends Schema.Struct.Fields>(
  kind: string,
  fields: Fields
): Table<Schema.Struct<Fields & typeof origin>["Type"]> => ({
  kind,
  row: Schema.Struct({ ...fields, ...origin }) as never
})

/** A text. A column of texts that all look like numbers is stored as numbers. @category cells */
export const text = Schema.Union([
  Schema.String,
  Schema.Finite.pipe(
    Schema.decodeTo(Schema.String, SchemaTransformation.transform({ decode: String, encode: Number }))
  )
])

/** @category cells */
export const number = Schema.Finite

/** @category cells */
export const integer = Schema.Int

/** Yes or no. SQLite has no booleans. @category cells */
export const flag = Schema.Union([Schema.Boolean, Schema.BooleanFromBit])

/** A cell that may be empty, and a column that a data pack may leave out. @category cells */
export const maybe = <S extends Schema.Constraint>(cell: S) => Schema.NullOr(cell)

/** What every row has besides its columns. */
const origin = {
  /** The licence of the row's edition, or of its data pack; `null` where none is known. */
  licence: Schema.NullOr(Schema.String),
  /** The name of the data pack; `null` where the row ships with the package. */
  pack: Schema.NullOr(Schema.String)
}

/** Who published a row and when, and what it is about. @category cells */
export const published = { region: text, source: text, source_year: integer }

/** The edition of a row, and how the row was read. @category cells */
export const edition = {
  edition: text,
  status: Schema.Literals(["official", "superseded", "unofficial"]),
  where_read: maybe(text),
  confidence: maybe(text)
}
