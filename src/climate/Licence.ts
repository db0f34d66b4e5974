/**
 * What the licences of the published tables ask to be shown with every number.
 */

/**
 * The source with the attribution that its licence asks for.
 *
 * ```ts
 * import * as Licence from "greenlang/climate/Licence"
 *
 * Licence.attribute("US EPA eGRID2023 Rev 2") // => "US EPA eGRID2023 Rev 2"
 * ```
 *
 * @category reading
 */
export const attribute = (source: string): string =>
  source.startsWith("UK DESNZ")
    ? `${source} (contains public sector information licensed under the Open Government Licence v3.0)`
    : source

/**
 * The licence and the data pack of a row, as a citation has them; nothing where none is known.
 *
 * @category reading
 */
export const cited = (row: { readonly licence: string | null; readonly pack: string | null }): {
  readonly licence?: string
  readonly pack?: string
} => ({
  ...(row.licence === null ? {} : { licence: row.licence }),
  ...(row.pack === null ? {} : { pack: row.pack })
})
