/**
 * What the licences of the published tables ask to be shown with every number.
 */

/**
 * The source with the attribution of its licence. Ember's rows name theirs (CC BY 4.0) themselves; US agencies publish
 * into the public domain.
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
 * The licence of a source, as the `licence` of a citation; nothing where its publisher states none that we know of.
 *
 * ```ts
 * import * as Licence from "greenlang/climate/Licence"
 *
 * Licence.cited("US EPA eGRID2023 Rev 2") // => { licence: "public domain" }
 * Licence.cited("IPCC 2006 Guidelines Vol.2") // => {}
 * ```
 *
 * @category reading
 */
export const cited = (source: string): { readonly licence?: string } => {
  if (/^US EPA\b/.test(source)) return { licence: "public domain" }
  if (/^UK DESNZ\b/.test(source)) return { licence: "Open Government Licence v3.0" }
  return /^Ember\b/.test(source) ? { licence: "CC BY 4.0" } : {}
}
