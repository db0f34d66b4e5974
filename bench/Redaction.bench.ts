/**
 * What it takes to hide two secrets in a megabyte of text that is made to make it slow, and in a megabyte of prose.
 */
import { Redacted } from "effect"
import * as Secrets from "greenlang/testing/Secrets"
import { test } from "vitest"
import { report } from "./ratio.ts"

const megabyte = 1_048_576
const secret = ["Zk9-", "fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"].join("")
const texts: Readonly<Record<string, string>> = {
  prose: "The quick brown fox, jumps over {\"a\": 1}. ".repeat(megabyte / 43),
  "one letter": "a".repeat(megabyte),
  "beginnings of the secret": secret.slice(0, 11).repeat(megabyte / 11),
  "base64 of almost the secret": Buffer.from(secret.slice(0, -2)).toString("base64").repeat(megabyte / 36),
  "beginnings of web tokens": `eyJ${"a-eyJ".repeat(megabyte / 5)}`,
  "the word Bearer": "Bearer ".repeat(megabyte / 7),
  backslashes: "\\".repeat(megabyte),
  "escaped letters": "\\u0061".repeat(megabyte / 6),
  percents: "%25".repeat(megabyte / 3),
  ampersands: "&amp;".repeat(megabyte / 5),
  "users of addresses": `https://${"a".repeat(megabyte)}`,
  parameters: "?key=".repeat(megabyte / 5),
  "letters with accents": "é".repeat(megabyte)
}

test("redaction", () => {
  const hide = Secrets.hide([Redacted.make(secret), Redacted.make("another-secret-4711")])
  for (const [what, text] of Object.entries(texts)) {
    const once = () => {
      const began = process.cpuUsage()
      hide(text)
      const { system, user } = process.cpuUsage(began)
      return (system + user) / 1_000
    }
    const millis = Math.min(once(), once(), once())
    report("hiding two secrets in 1 MB", what, `${millis.toFixed(0)} ms`, "at most 200 ms of CPU")
  }
})
