/**
 * The tag and the message of any failure, as data, without what a terminal would obey. The message of a failure
 * without one is made of its fields.
 */
import * as Described from "../../internal/Described.ts"
import { isSecretName } from "../../internal/SecretName.ts"

/** A failure as events, history and results have it. */
export interface TaggedMessage {
  readonly _tag: string
  readonly message: string
}

/** Of anything that was thrown or failed with, also of an object that throws when it is read. */
export const of = (error: unknown): TaggedMessage => {
  try {
    const { _tag, message } = read(error)
    return { _tag: Described.printable(_tag), message: Described.printable(message) }
  } catch {
    return { _tag: typeof error, message: "the failure cannot be read" }
  }
}

/** The message with its tag, where the message does not begin with it: `NoReading: meter is "hall"`. */
export const text = (error: unknown): string => {
  const { _tag, message } = of(error)
  if (typeof error !== "object" || error === null) return message
  return message === "" ? _tag : message.startsWith(_tag) ? message : `${_tag}: ${message}`
}

/** As `text`, of an error whose own message says nothing. `undefined` for any other. */
export const instead = (error: unknown): string | undefined => {
  if (typeof error !== "object" || error === null) return undefined
  try {
    return "message" in error && String(error.message).trim() !== "" ? undefined : text(error)
  } catch {
    return text(error)
  }
}

const read = (error: unknown): TaggedMessage => {
  if (typeof error !== "object" || error === null) {
    return { _tag: error === null ? "null" : typeof error, message: scalar(error) }
  }
  const tag = "_tag" in error && typeof error._tag === "string" ? error._tag : nameOf(error)
  const message = "message" in error ? String(error.message) : ""
  return { _tag: tag, message: message.trim() === "" ? fieldsOf(error) : message }
}

/** An object may have no class, and an error that was read from JSON has its name in place of its class. */
const nameOf = (error: { readonly constructor?: unknown; readonly name?: unknown }): string => {
  const { constructor } = error
  if (constructor === Error && typeof error.name === "string" && error.name !== "") return error.name
  return typeof constructor === "function" ? constructor.name : "Object"
}

/** Of the error itself, not of its class. */
const unsaid = new Set(["_tag", "name", "stack", "message"])

/** More of a failure than anybody reads. */
const most = { fields: 12, levels: 3, letters: 200 }

/** Such as `meter is "hall", attempts is 3`. Secrets are not shown: neither what is `Redacted` nor what is named like one. */
const fieldsOf = (error: object): string => {
  const names = Object.keys(error)
  if ("cause" in error && error.cause !== undefined && !names.includes("cause")) names.push("cause")
  const said = names.filter((name) => !unsaid.has(name))
  const shown = said.slice(0, most.fields).map((name) => `${name} is ${field(error, name)}`)
  return said.length > shown.length ? `${shown.join(", ")} and ${said.length - shown.length} more` : shown.join(", ")
}

const field = (of: object, name: string): string => {
  if (isSecretName(name)) return "<redacted>"
  try {
    return value(of[name as never], 1)
  } catch {
    return "unreadable"
  }
}

const value = (one: unknown, level: number): string => {
  if (typeof one === "string") return JSON.stringify(cut(one))
  if (typeof one !== "object" || one === null) return cut(scalar(one))
  if (one instanceof Error) return text(one)
  if (!Array.isArray(one) && !isPlain(one)) return cut(String(one))
  if (level === most.levels) return Array.isArray(one) ? "[…]" : "{…}"
  if (Array.isArray(one)) {
    const items = one.slice(0, most.fields).map((item) => value(item, level + 1))
    return `[${[...items, ...(one.length > items.length ? ["…"] : [])].join(", ")}]`
  }
  const names = Object.keys(one)
  const fields = names.slice(0, most.fields).map((name) =>
    `${name}: ${isSecretName(name) ? "<redacted>" : value(one[name as never], level + 1)}`
  )
  return `{ ${[...fields, ...(names.length > fields.length ? ["…"] : [])].join(", ")} }`
}

/** To write a large bigint takes the square of its digits: it is shown by its size. */
const scalar = (one: unknown): string => {
  if (typeof one !== "bigint" || one < largest && one > -largest) return String(one)
  return one > 0n ? "a bigint of more than 1000 digits" : "a bigint below zero of more than 1000 digits"
}

const largest = 10n ** 1_000n

const isPlain = (one: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(one)
  return prototype === Object.prototype || prototype === null
}

const cut = (said: string): string => said.length > most.letters ? `${said.slice(0, most.letters)}…` : said
