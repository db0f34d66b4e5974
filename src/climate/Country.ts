/**
 * Countries as people write them, and the code under which the reference tables keep each.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A country as its ISO 3166 code of two or three letters, or its English name, in any case: `US`, `usa`, `United States`.
 *
 * @category schemas
 */
export const Country = Schema.NonEmptyString.annotate({
  description: "country: ISO 3166 code or English name, such as US, USA, UK, IN, INDIA, DE; EU and WORLD are averages"
})

/**
 * The same, `US` when the field is absent. Only an absent field becomes `US`, never a country that nobody knows.
 *
 * @category schemas
 */
export const CountryOrUs = Country.pipe(
  Schema.annotate({
    description: "country: ISO 3166 code or English name, such as US, UK, IN, DE; US when the field is absent"
  }),
  Schema.withDecodingDefaultKey(Effect.succeed("US"))
)

/**
 * The code of `country` in the reference tables: ISO 3166 with two letters, but `UK`. A name that is no alias answers
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
  const name = country.trim().toUpperCase().replaceAll(".", "").replaceAll(/[\s-]+/g, "_")
  return codes.get(name) ?? name
}

const aliases: Readonly<Record<string, ReadonlyArray<string>>> = {
  AE: ["ARE", "UAE", "UNITED_ARAB_EMIRATES"],
  AR: ["ARG", "ARGENTINA"],
  AT: ["AUT", "AUSTRIA"],
  AU: ["AUS", "AUSTRALIA"],
  BD: ["BGD", "BANGLADESH"],
  BE: ["BEL", "BELGIUM"],
  BG: ["BGR", "BULGARIA"],
  BR: ["BRA", "BRAZIL"],
  CA: ["CAN", "CANADA"],
  CH: ["CHE", "SWITZERLAND"],
  CL: ["CHL", "CHILE"],
  CN: ["CHN", "CHINA"],
  CO: ["COL", "COLOMBIA"],
  CY: ["CYP", "CYPRUS"],
  CZ: ["CZE", "CZECHIA", "CZECH_REPUBLIC"],
  DE: ["DEU", "GERMANY"],
  DK: ["DNK", "DENMARK"],
  EE: ["EST", "ESTONIA"],
  EG: ["EGY", "EGYPT"],
  ES: ["ESP", "SPAIN"],
  EU: ["EUROPEAN_UNION"],
  FI: ["FIN", "FINLAND"],
  FR: ["FRA", "FRANCE"],
  GR: ["GRC", "EL", "GREECE"],
  HR: ["HRV", "CROATIA"],
  HU: ["HUN", "HUNGARY"],
  ID: ["IDN", "INDONESIA"],
  IE: ["IRL", "IRELAND"],
  IL: ["ISR", "ISRAEL"],
  IN: ["IND", "INDIA"],
  IT: ["ITA", "ITALY"],
  JP: ["JPN", "JAPAN"],
  KE: ["KEN", "KENYA"],
  KR: ["KOR", "SOUTH_KOREA", "KOREA", "REPUBLIC_OF_KOREA"],
  KZ: ["KAZ", "KAZAKHSTAN"],
  LT: ["LTU", "LITHUANIA"],
  LU: ["LUX", "LUXEMBOURG"],
  LV: ["LVA", "LATVIA"],
  MA: ["MAR", "MOROCCO"],
  MT: ["MLT", "MALTA"],
  MX: ["MEX", "MEXICO"],
  MY: ["MYS", "MALAYSIA"],
  NG: ["NGA", "NIGERIA"],
  NL: ["NLD", "NETHERLANDS", "THE_NETHERLANDS"],
  NO: ["NOR", "NORWAY"],
  NZ: ["NZL", "NEW_ZEALAND"],
  PE: ["PER", "PERU"],
  PH: ["PHL", "PHILIPPINES"],
  PK: ["PAK", "PAKISTAN"],
  PL: ["POL", "POLAND"],
  PT: ["PRT", "PORTUGAL"],
  RO: ["ROU", "ROMANIA"],
  SA: ["SAU", "SAUDI_ARABIA"],
  SE: ["SWE", "SWEDEN"],
  SG: ["SGP", "SINGAPORE"],
  TH: ["THA", "THAILAND"],
  TR: ["TUR", "TURKEY", "TURKIYE", "TÜRKIYE"],
  TW: ["TWN", "TAIWAN"],
  UA: ["UKR", "UKRAINE"],
  UK: ["GB", "GBR", "UNITED_KINGDOM", "GREAT_BRITAIN", "BRITAIN"],
  US: ["USA", "UNITED_STATES", "UNITED_STATES_OF_AMERICA", "AMERICA"],
  VN: ["VNM", "VIETNAM", "VIET_NAM"],
  WORLD: ["GLOBAL"],
  ZA: ["ZAF", "SOUTH_AFRICA"]
}

const codes = new Map(Object.entries(aliases).flatMap(([code, names]) => names.map((name) => [name, code])))
