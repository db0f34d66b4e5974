/**
 * The agent, rewritten: the same query, call and calculation, none of which blocks. What it needs is a layer, what it can
 * fail with is in its type, and every wait has a limit.
 *
 * It imports module by module: a worker thread that loads no more than it uses starts sooner.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as Agent from "greenlang/agent/Agent"
import * as Run from "greenlang/agent/Run"
import * as Sqlite from "greenlang/database/Sqlite"
import * as Http from "greenlang/http/Http"

export class UnknownSite extends Schema.TaggedError<UnknownSite>()("UnknownSite", { site: Schema.String }) {
  override get message() {
    return `There is no site of the name ${this.site}`
  }
}

export const Emissions = Schema.Struct({
  site: Schema.String,
  kilograms: Schema.Finite,
  perSquareMetre: Schema.Finite
})

const Row = Schema.Struct({ country: Schema.String, squareMetres: Schema.Finite, kwh: Schema.Finite })
const Intensity = Schema.Struct({ grams: Schema.Finite })

export const SiteEmissions = Agent.make("SiteEmissions", {
  version: "2.0.0",
  description: "What the electricity of a site emits",
  input: Schema.Struct({ site: Schema.String }),
  output: Emissions,
  execute: Effect.fnUntraced(function*({ site }) {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql`
      SELECT country, square_metres AS "squareMetres", sum(kwh) AS kwh
      FROM sites JOIN readings ON site = name WHERE name = ${site} GROUP BY name`
    if (rows.length === 0) return yield* new UnknownSite({ site })
    const { country, kwh, squareMetres } = yield* Schema.decodeUnknownEffect(Row)(rows[0])

    const url = `${yield* Config.String("GRID_URL")}/intensity/${country}`
    const response = yield* Effect.flatMap(HttpClient.get(url), HttpClientResponse.filterStatusOk)
    const { grams } = yield* HttpClientResponse.schemaBodyJson(Intensity)(response)
    yield* Run.cite({ kind: "factor", name: country, value: grams, unit: "g CO2/kWh", source: "grid", year: 2025 })

    const kilograms = kwh * grams / 1_000
    return { site, kilograms, perSquareMetre: kilograms / squareMetres }
  })
})

export const layer = Layer.merge(
  Http.layer({ timeout: "5 seconds" }),
  Layer.unwrap(Effect.map(Config.String("METERS"), (filename) => Sqlite.layer({ filename })))
)
