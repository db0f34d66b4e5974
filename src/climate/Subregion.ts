/**
 * Parts of countries that have rows of their own: states of the US and of Australia, provinces of Canada, and the
 * eGRID subregions of the US.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as NearestNames from "./NearestNames.ts"

/** @category schemas */
export const Subregion = Schema.NonEmptyString.annotate({
  description: "part of the country: eGRID subregion (CAMX), US or Australian state (CA, NSW), Canadian province (ON)"
})

const parts: Readonly<Record<string, string>> = {
  US: "AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware," +
    "DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas," +
    "KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi," +
    "MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York," +
    "NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island," +
    "SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington," +
    "WV West Virginia,WI Wisconsin,WY Wyoming,DC Washington DC",
  CA: "AB Alberta,BC British Columbia,MB Manitoba,NB New Brunswick,NL Newfoundland and Labrador,NL Newfoundland," +
    "NS Nova Scotia,NT Northwest Territories,NU Nunavut,ON Ontario,PE Prince Edward Island,QC Quebec," +
    "SK Saskatchewan,YT Yukon",
  AU: "ACT Australian Capital Territory,NSW New South Wales,NT Northern Territory,QLD Queensland," +
    "SA South Australia,TAS Tasmania,VIC Victoria,WA Western Australia"
}

const normalized = (name: string) =>
  name.trim().normalize("NFD").replaceAll(/\p{M}/gu, "").toUpperCase().replaceAll(/[.,]/g, "").replaceAll(
    /[\s_]+/g,
    " "
  )

const codes = new Map(
  Object.entries(parts).flatMap(([country, list]) =>
    list.split(",").flatMap((part): ReadonlyArray<readonly [string, string]> => {
      const [code = "", ...name] = part.split(" ")
      const key = `${country}-${code}`
      return [[`${country} ${code}`, key], [`${country} ${normalized(name.join(" "))}`, key], [
        `${country} ${key}`,
        key
      ]]
    })
  )
)

/** Whether a name or a code is a state of the US or of Australia, or a province of Canada. @category guards */
export const isPartOf = (country: string, name: string): boolean => codes.has(`${country} ${normalized(name)}`)

/** Balancing authorities that are one eGRID subregion, and those that span several. */
const balancingAuthorities: Readonly<Record<string, readonly [string, ...Array<string>]>> = {
  CAISO: ["CAMX"],
  ERCOT: ["ERCT"],
  NEISO: ["NEWE"],
  "ISO-NE": ["NEWE"],
  NYISO: ["NYCW", "NYLI", "NYUP"],
  PJM: ["RFCE", "RFCW", "SRVC"],
  MISO: ["MROE", "MROW", "RFCM", "RFCW", "SRMV", "SRMW"],
  SPP: ["MROW", "SPNO", "SPSO"]
}

/**
 * The code of a part of `country` in the tables, such as `CAMX`, `US-CA`, `CA-ON`. `egrid` are the codes of the eGRID
 * subregions.
 *
 * Fails with `ValidationError` for a ZIP code, which may lie in several subregions, and with `DataError` for a balancing
 * authority that spans several and for a part that is not known.
 *
 * @category reading
 */
export const code = Effect.fnUntraced(function*(country: string, subregion: string, egrid: ReadonlyArray<string>) {
  const name = normalized(subregion)
  const part = codes.get(`${country} ${name}`)
  if (country !== "US" && part !== undefined) return part
  if (country === "US") {
    if (/^\d{5}(-\d{4})?$/.test(name)) return yield* zip(subregion)
    const [found, ...others] = balancingAuthorities[name] ?? [name]
    if (others.length > 0) {
      return yield* new DataError({
        what: "single eGRID subregion",
        lookedFor: { country, subregion: name },
        available: [found, ...others]
      })
    }
    if (egrid.includes(found)) return found
    if (name === "PR" || name === "PUERTO RICO") return "PRMS"
    if (part !== undefined) return part
  }
  const known = [...codes.keys()].flatMap((key) => key.startsWith(`${country} `) ? [key.slice(3)] : [])
  return yield* new DataError({
    what: "grid emission factor",
    lookedFor: { country, subregion: subregion.trim() },
    ...(country === "US"
      ? NearestNames.find(name, [...egrid, ...known])
      : known.length > 0
      ? NearestNames.find(name, known)
      : { available: [`${country} without a subregion`] })
  })
})

const zip = (subregion: string) =>
  Effect.fail(
    new ValidationError({
      issues: [{
        path: "subregion",
        message: `${subregion} is a ZIP code, which may lie in several subregions`,
        expected: "the eGRID subregion, which EPA's Power Profiler finds by ZIP code, or the state"
      }]
    })
  )
