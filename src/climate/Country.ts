/**
 * Countries as people write them, and the code under which the reference tables keep each. Names are those of ISO 3166
 * and their common English forms, from the package `i18n-iso-countries`.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import iso from "i18n-iso-countries/index.js"
import english from "i18n-iso-countries/langs/en.json" with { type: "json" }
import * as NearestName from "../internal/NearestName.ts"

iso.registerLocale(english)

/**
 * A country as its ISO 3166 code of two or three letters, or its English name, in any case: `US`, `usa`, `United States`.
 *
 * @category schemas
 */
export const Country = Schema.NonEmptyString.annotate({
  description: "country: ISO 3166 code or English name, such as US, USA, UK, IN, INDIA, DE; EU and WORLD are averages"
})

/**
 * The same, `US` when the field is absent. Only an absent field becomes `US`, never a country that is not known.
 *
 * @category schemas
 */
export const CountryOrUs = Country.pipe(
  Schema.annotate({
    description: "country: ISO 3166 code or English name, such as US, UK, IN, DE. Default: US"
  }),
  Schema.withDecodingDefaultKey(Effect.succeed("US"))
)

const known = Schema.makeFilter((country: string) => {
  if (isKnown(code(country))) return true
  const slip = NearestName.find(country, names)
  return `Expected a country by its ISO 3166 code or English name${slip === undefined ? "" : `: did you mean ${slip}?`}`
})

/** A country that exists: for what has no table of its own, in which an unknown one would not be found. @category schemas */
export const Known = Country.check(known)

/** The same, `US` when the field is absent. @category schemas */
export const KnownOrUs = Known.pipe(
  Schema.annotate({ description: "country: ISO 3166 code or English name, such as US, UK, IN, DE. Default: US" }),
  Schema.withDecodingDefaultKey(Effect.succeed("US"))
)

/** Names that ISO 3166 does not have, or that mean something else there. */
const aliases: Readonly<Record<string, string>> = {
  AMERICA: "US",
  BRITAIN: "UK",
  "CZECH REPUBLIC": "CZ",
  EL: "GR",
  ENGLAND: "UK",
  EU: "EU",
  EU27: "EU",
  "EUROPEAN UNION": "EU",
  GB: "UK",
  GBR: "UK",
  GLOBAL: "WORLD",
  "GREAT BRITAIN": "UK",
  HOLLAND: "NL",
  "IVORY COAST": "CI",
  KOREA: "KR",
  MACEDONIA: "MK",
  "NORTHERN IRELAND": "UK",
  "REPUBLIC OF KOREA": "KR",
  RUSSIA: "RU",
  SCOTLAND: "UK",
  TURKEY: "TR",
  UAE: "AE",
  UK: "UK",
  WALES: "UK",
  WORLD: "WORLD"
}

const normalized = (country: string) =>
  country.trim().toUpperCase().replaceAll(".", "").replaceAll(/[\s_-]+/g, " ").replace(/^THE /, "")

/**
 * The code of `country` in the reference tables: ISO 3166 with two letters, but `UK`. A name that is not known answers
 * itself in capitals, so that a look-up fails by it instead of finding another country.
 *
 * ```ts
 * import * as Country from "greenlang/climate/Country"
 *
 * Country.code("United Kingdom") // => "UK"
 * Country.code("usa") // => "US"
 * Country.code("Atlantis") // => "ATLANTIS"
 * ```
 *
 * @category reading
 */
export const code = (country: string): string => {
  const known = codes.get(country) ?? find(country)
  if (known !== undefined && codes.size < 10_000) codes.set(country, known)
  return known ?? normalized(country).replaceAll(" ", "_")
}

/** What was asked for before: a thousand rows of one country look it up once. */
const codes = new Map<string, string>()

/** Names that two countries share in ISO 3166, such as `Congo`: they mean neither. */
const shared: ReadonlySet<string> = new Set(
  Array.from(
    Map.groupBy(
      Object.values(iso.getNames("en", { select: "all" })).flatMap((names) =>
        Array.from(new Set(names.map((name) => name.toUpperCase())))
      ),
      (name) => name
    )
  ).flatMap(([name, of]) => of.length > 1 ? [name] : [])
)

const find = (country: string): string | undefined => {
  const name = normalized(country)
  if (shared.has(name)) return undefined
  if (Object.hasOwn(aliases, name)) return aliases[name]
  const iso2 = name.length === 2 && iso.isValid(name)
    ? name
    : name.length === 3 && iso.alpha3ToAlpha2(name) !== undefined
    ? iso.alpha3ToAlpha2(name)
    : iso.getSimpleAlpha2Code(name, "en") ?? iso.getSimpleAlpha2Code(`The ${name}`, "en")
  return iso2 === "GB" ? "UK" : iso2
}

/** Whether `code` is a country, `EU` or `WORLD`. @category reading */
export const isKnown = (code: string): boolean =>
  code === "UK" || code === "EU" || code === "WORLD" || iso.isValid(code)

/** Codes and names, for the errors that suggest one. @category reading */
export const names: ReadonlyArray<string> = [
  ...Object.keys(iso.getNames("en", { select: "official" })).map((code) => code === "GB" ? "UK" : code),
  ...Object.values(iso.getNames("en", { select: "official" }))
]

/** What to know about a country that is part of another: `undefined` for the others. @category reading */
export const note = (country: string): string | undefined =>
  /^(ENGLAND|SCOTLAND|WALES|NORTHERN IRELAND)$/.test(normalized(country))
    ? `${country.trim()} takes the factors of the UK`
    : undefined

/** The territories of the US, whose fuels and heat take its rows. */
const territories = new Set(["AS", "GU", "MP", "PR", "UM", "VI"])

/**
 * Whose rows of fuels and heat a country takes: its own, or those of the US for its territories.
 *
 * @category reading
 */
export const home = (code: string): string => territories.has(code) ? "US" : code

/** The members of the European Union. @category reading */
export const euMembers: ReadonlySet<string> = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" ")
)
