/**
 * An agent as it was written years ago: a query, a call and a calculation, each of which blocks. Nothing in it knows of
 * greenlang, and nothing in it is changed on the way.
 */
import { DatabaseSync } from "node:sqlite"
import { getJson } from "../support/BlockingHttp.ts"

export class UnknownSite extends Error {
  override readonly name = "UnknownSite"
  readonly site: string
  constructor(site: string) {
    super(`There is no site of the name ${site}`)
    this.site = site
  }
}

interface Row {
  readonly country: string
  readonly squareMetres: number
  readonly kwh: number
}

export class SiteEmissions {
  #database: DatabaseSync | undefined
  #runs = 0

  initialize() {
    this.#database ??= new DatabaseSync(process.env["METERS"]!, { readOnly: true })
    return this.#database
  }

  execute({ site }: { readonly site: string }) {
    this.#runs++
    const row = this.initialize().prepare(
      `SELECT country, square_metres AS squareMetres, sum(kwh) AS kwh
       FROM sites JOIN readings ON site = name WHERE name = ? GROUP BY name`
    ).get(site) as Row | undefined
    if (row === undefined) throw new UnknownSite(site)
    const { grams } = getJson(`${process.env["GRID_URL"]}/intensity/${row.country}`)
    const kilograms = row.kwh * grams / 1_000
    return { value: { site, kilograms, perSquareMetre: kilograms / row.squareMetres } }
  }

  run(input: { readonly site: string }) {
    return this.execute(input)
  }

  getStats() {
    return { runs: this.#runs }
  }

  cleanup() {
    this.#database?.close()
    this.#database = undefined
  }
}
