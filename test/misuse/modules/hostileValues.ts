/** Values that are made to take long to read, check, hide, send or record, of any size, each with an agent that reads it. */
import type { Agent } from "greenlang"
import { agents } from "./hostileAgents.ts"

export interface HostileValue {
  readonly what: string
  readonly agent: Agent.Agent<unknown, unknown>
  /** Of about so many characters, were it written as JSON. */
  readonly made: (characters: number) => unknown
}

const value = (
  what: string,
  agent: keyof typeof agents,
  made: (characters: number) => unknown
): HostileValue => ({ what, agent: agents[agent] as unknown as Agent.Agent<unknown, unknown>, made })

/** So many items of about `length` characters. */
const list = <A>(characters: number, length: number, item: (at: number) => A): ReadonlyArray<A> =>
  Array.from({ length: Math.ceil(characters / length) }, (_, at) => item(at))

const object = (characters: number, length: number, entry: (at: number) => readonly [string, unknown]) =>
  Object.fromEntries(list(characters, length, entry))

const text = (characters: number, unit: string) => unit.repeat(Math.ceil(characters / unit.length))

const nested = (levels: number, wrap: (inside: unknown) => unknown): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

export const hostileValues: ReadonlyArray<HostileValue> = [
  value("wrong items", "Rows", (size) => ({ rows: list(size, 25, () => ({ amount: "x", unit: 5 })) })),
  value("items that are not objects", "Rows", (size) => ({ rows: list(size, 4, () => "x") })),
  value("right items", "Rows", (size) => ({ rows: list(size, 26, (at) => ({ amount: at, unit: "kWh" })) })),
  value("one wrong item at the end", "Rows", (size) => ({
    rows: [...list(size, 26, (at) => ({ amount: at, unit: "kWh" })), 1]
  })),
  value("numbers by key", "Records", (size) => object(size, 13, (at) => [`key ${at}`, at])),
  value("wrong fields", "Records", (size) => object(size, 13, (at) => [`key ${at}`, "x"])),
  value("texts by key", "Texts", (size) => object(size, 26, (at) => [`key ${at}`, `some text ${at}`])),
  value("passwords by key", "Texts", (size) => object(size, 40, (at) => [`password ${at}`, `hx7-Qm2${at}-Lp9Zt`])),
  value("long keys", "Texts", (size) => object(size, size / 4, (at) => [text(size / 4, `key ${at} `), "x"])),
  value("unknown keys", "Known", (size) => object(size, 13, (at) => [`key ${at}`, at])),
  value("one unknown key", "Known", (size) => ({ [text(size, "k")]: 1 })),
  value("keys like an index", "Anything", (size) => object(size, 10, (at) => [`${at * 7}`, at])),
  value("numbers by any key", "Anything", (size) => object(size, 13, (at) => [`key ${at}`, at])),
  value("texts by any key", "Anything", (size) => object(size, 26, (at) => [`key ${at}`, `some text ${at}`])),
  value("tokens", "Anything", (size) => list(size, 40, (at) => ({ token: `hx7-Qm2${at}-Lp9Zt` }))),
  value("one password", "Anything", (size) => ({ password: text(size, "hx7-Qm2-Lp9Zt") })),
  value("numbers", "Anything", (size) => list(size, 6, (at) => at % 100_000)),
  value("nulls", "Anything", (size) => list(size, 5, () => null)),
  value("empty lists", "Anything", (size) => list(size, 3, () => [])),
  value("empty objects", "Anything", (size) => list(size, 3, () => ({}))),
  value("short texts", "Anything", (size) => list(size, 10, (at) => `text ${at}`)),
  value("lists of lists", "Anything", (size) => list(size, 200, () => nested(99, (inside) => [inside]))),
  value("objects of objects", "Anything", (size) => list(size, 600, () => nested(99, (a) => ({ a })))),
  value("levels", "Anything", (size) => nested(size / 2, (inside) => [inside])),
  value("levels of rows", "Rows", (size) => nested(size / 10, (inside) => ({ rows: [inside] }))),
  value("numbers by key, in the answer too", "Echo", (size) => object(size, 13, (at) => [`key ${at}`, at])),
  value(
    "texts by key, in the answer too",
    "Echo",
    (size) => object(size, 26, (at) => [`key ${at}`, `some text ${at}`])
  ),
  value("one letter", "Words", (size) => ({ text: text(size, "a") })),
  value("beginnings of web tokens", "Words", (size) => ({ text: `eyJ${text(size, "a-eyJ")}` })),
  value("parts of web tokens", "Words", (size) => ({ text: text(size, "eyJhbGciOi.") })),
  value("keys of vendors", "Words", (size) => ({ text: text(size, "sk-abcdefghijklmnop ") })),
  value("users of addresses", "Words", (size) => ({ text: text(size, "https://a:b@c/?token=d&") })),
  value("escapes", "Words", (size) => ({ text: text(size, "\\u{61}\\x61\\141%61&#97;") })),
  value("colors", "Words", (size) => ({ text: text(size, "\u001b[1;31m") })),
  value("marks of direction", "Words", (size) => ({ text: text(size, "\u202e\u200f") })),
  value("backslashes", "Words", (size) => ({ text: text(size, "\\") })),
  value("quotes", "Words", (size) => ({ text: text(size, "\"") })),
  value("halves of characters", "Words", (size) => ({ text: text(size, "\ud800") })),
  value("a text of another kind", "Records", (size) => text(size, "x"))
]
