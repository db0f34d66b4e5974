import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import * as Secrets from "greenlang/testing/Secrets"

// In pieces, so that no scanner takes this file for a leak.
const keys = [
  ["sk-proj-", "a1B2c3D4e5F6g7H8i9J0"],
  ["sk-ant-api03-", "a1B2c3D4e5F6g7H8i9J0"],
  ["sk_live_", "a1B2c3D4e5F6g7H8i9J0"],
  ["Bearer ", "a1B2c3D4.e5F6"],
  ["Basic ", "dXNlcjpodW50ZXIyMjI="],
  ["AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"],
  ["gsk_", "a1B2c3D4e5F6g7H8i9J0"],
  ["hf_", "a1B2c3D4e5F6g7H8i9J0"],
  ["npm_", "a1B2c3D4e5F6g7H8i9J0"],
  ["ghp_", "a1B2c3D4e5F6g7H8i9J0a1B2c3D4e5F6g7H8"],
  ["xai-", "a1B2c3D4e5F6g7H8i9J0"],
  ["pplx-", "a1B2c3D4e5F6g7H8i9J0"],
  ["glpat-", "a1B2c3D4e5F6g7H8i9J0"],
  ["AKIA", "A1B2C3D4E5F6G7H8"],
  ["xoxb-", "123456789012-abcdef"],
  ["eyJhbGciOiJI.", "eyJzdWIiOiIx.SflKxwRJSMeKKF2QT4"],
  ["-----BEGIN RSA PRIVATE", " KEY-----\nMIIEvQIBADANBg/+=\n-----END RSA PRIVATE KEY-----"]
].map((pieces) => pieces.join(""))

const secret = ["Zk9-", "fA3x_Q7/t+Lm2 \"é\\~Wd8Rv4Yb6Nc1Hs5"].join("")
const bytes = Buffer.from(secret)
const wrapped = (text: string, width: number, by: string) => text.match(new RegExp(`.{1,${width}}`, "gs"))!.join(by)
const plain = "Zk9-fA3xQ7tLm2Wd8Rv4Yb6Nc1Hs5"
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0")

/** A secret as it can come back, and what must be left of the text. */
const written: Readonly<Record<string, readonly [secret: string, text: string]>> = {
  "as it is": [secret, secret],
  "in small letters": [secret, secret.toLowerCase()],
  "in capital letters": [plain, plain.toUpperCase()],
  "in other case": [
    plain,
    plain.replaceAll(/[a-z]/gi, (c) => c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())
  ],
  "in base64": [secret, bytes.toString("base64")],
  "in base64url": [secret, bytes.toString("base64url")],
  "in base64 behind one byte": [secret, Buffer.from(`:${secret}`).toString("base64")],
  "in base64 behind two bytes": [secret, Buffer.from(`u:${secret}`).toString("base64")],
  "in base64 within a text": [secret, Buffer.from(`user:${secret}, and more`).toString("base64")],
  "in base64 of small letters": [plain, Buffer.from(plain.toLowerCase()).toString("base64")],
  "in base64 of JSON": [secret, Buffer.from(JSON.stringify({ key: secret })).toString("base64")],
  "in base64 in small letters": [plain, Buffer.from(plain).toString("base64").toLowerCase()],
  "in base64 over lines of 16": [plain, wrapped(Buffer.from(plain).toString("base64"), 16, "\n")],
  "in base64 within a URL": [secret, encodeURIComponent(bytes.toString("base64"))],
  "in hex": [secret, bytes.toString("hex")],
  "in hex in capital letters": [secret, bytes.toString("hex").toUpperCase()],
  "escaped by JSON": [secret, JSON.stringify(secret).slice(1, -1)],
  "escaped by JSON twice": [secret, JSON.stringify(JSON.stringify(secret)).slice(1, -1)],
  "escaped by JSON with slashes": [secret, JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/")],
  "escaped by JSON letter by letter": [
    secret,
    [...secret].map((letter) => `\\u${hex(letter.charCodeAt(0), 4)}`).join("")
  ],
  "escaped by JavaScript": [plain, [...plain].map((letter) => `\\x${hex(letter.charCodeAt(0), 2)}`).join("")],
  "escaped for a URL": [secret, encodeURIComponent(secret)],
  "escaped for a URL twice": [secret, encodeURIComponent(encodeURIComponent(secret))],
  "escaped for a URL byte by byte": [secret, [...bytes].map((byte) => `%${hex(byte, 2)}`).join("")],
  "escaped for a form": [secret, new URLSearchParams({ key: secret }).toString().slice(4)],
  "escaped for a page": [secret, secret.replaceAll("\"", "&quot;").replaceAll("é", "&#233;").replaceAll("~", "&#x7e;")],
  "split over lines": [plain, wrapped(plain, 7, "\n")],
  "split over lines with blanks": [plain, wrapped(plain, 7, "  \r\n\t  ")],
  "split over lines within JSON": [plain, wrapped(plain, 7, "\\n")],
  "split over lines by a backslash": [plain, wrapped(plain, 7, "\\\n")],
  "split by invisible characters": [plain, wrapped(plain, 7, "\u200b\u00ad")],
  "quoted in a mail": [plain, wrapped(plain, 7, "\n> > ")],
  "added by a diff": [plain, wrapped(plain, 7, "\n+")],
  "commented line by line": [plain, wrapped(plain, 7, "\n  // ")],
  "in a box": [plain, wrapped(plain, 7, " │\n│ ")],
  "numbered by a pager": [plain, wrapped(plain, 7, "\n\t| ")],
  "glued by +": [plain, wrapped(plain, 7, "\" + \"")],
  "glued by a dot": [plain, wrapped(plain, 7, "' . '")],
  "glued over lines": [plain, wrapped(plain, 7, "\" +\n    \"")],
  "letter by letter in a list": [plain, JSON.stringify([...plain])],
  "colored": [plain, wrapped(plain, 7, "\u001b[1;31m")],
  "colored, escaped": [plain, wrapped(plain, 7, "\\u001b[0m")],
  "colored by a shell": [plain, wrapped(plain, 7, "\\033[38;5;1m")],
  "colored by \\e": [plain, wrapped(plain, 7, "\\e[0K")],
  "in base64 of base64": [plain, Buffer.from(Buffer.from(plain).toString("base64")).toString("base64")],
  "in base64 of base64 of a login": [
    plain,
    Buffer.from(`Basic ${Buffer.from(`u:${plain}`).toString("base64")}`).toString("base64")
  ],
  "in base64 of hex": [plain, Buffer.from(Buffer.from(plain).toString("hex")).toString("base64")],
  "in base64 of UTF-16": [plain, Buffer.from(plain, "utf16le").toString("base64")],
  "in base64 of UTF-16 behind two bytes": [plain, Buffer.from(`\ufeff${plain}`, "utf16le").toString("base64")],
  "in base64 of UTF-16, the large end first": [plain, Buffer.from(plain, "utf16le").swap16().toString("base64")],
  "in UTF-16 read as bytes": [plain, Buffer.from(plain, "utf16le").toString("latin1")],
  "in hex of UTF-16": [plain, Buffer.from(plain, "utf16le").toString("hex")],
  "in hex byte by byte": [plain, Buffer.from(plain).toString("hex").match(/../g)!.join(" ")],
  "in hex with colons": [plain, Buffer.from(plain).toString("hex").match(/../g)!.join(":")],
  "as a list of bytes": [plain, [...Buffer.from(plain)].join(", ")],
  "escaped by code points": [plain, [...plain].map((letter) => `\\u{${hex(letter.charCodeAt(0), 1)}}`).join("")],
  "escaped by code points with zeros": [
    plain,
    [...plain].map((letter) => `\\u{${hex(letter.charCodeAt(0), 6)}}`).join("")
  ],
  "escaped in octal": [
    plain,
    [...plain].map((letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`).join("")
  ],
  "escaped for a page letter by letter": [plain, [...plain].map((letter) => `&#${letter.charCodeAt(0)};`).join("")],
  "escaped for a page in hex": [plain, [...plain].map((letter) => `&#x${hex(letter.charCodeAt(0), 2)};`).join("")],
  "escaped for a page by names": [plain, plain.replaceAll("-", "&hyphen;")],
  "escaped by an old browser": [plain, [...plain].map((letter) => `%u${hex(letter.charCodeAt(0), 4)}`).join("")],
  "with a blank between the letters": [plain, [...plain].join(" ")],
  "with hyphens": [plain, wrapped(plain, 4, "-")],
  "with non-breaking blanks": [plain, wrapped(plain, 4, "\u00a0")],
  "with marks of direction": [plain, wrapped(plain, 4, "\u202e\u2066")],
  "with joiners and fillers": [plain, wrapped(plain, 4, "\u200d\u3164\ufe0f\u{e0020}")],
  "struck through": [plain, [...plain].join("\u0336")],
  "in wide letters": [
    plain,
    [...plain].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)).join("")
  ],
  "with NULs": [plain, wrapped(plain, 4, "\u0000")],
  "cut at its end": [plain, plain.slice(0, -1)],
  "in base64, cut": [plain, Buffer.from(plain).toString("base64").slice(0, -6)]
}

describe("Secrets", () => {
  it("hides what looks like a key, in texts and in the names of fields", () => {
    const redact = Secrets.make()
    for (const key of keys) {
      assert.deepStrictEqual(
        redact({ list: [`a ${key}, b`, 1, null], [key]: { deep: key } }),
        { list: ["a <redacted>, b", 1, null], "<redacted>": { deep: "<redacted>" } },
        key
      )
    }
  })

  it("hides what looks like a key behind an escape or a color that ends in a letter", () => {
    for (
      const before of ["\\n", "\\t", "\\u001b[1m", "\\u000a", "\\x0a", "%20", "%3D", "\u001b[1;31m", "[0m", "\u009b1m"]
    ) {
      for (const key of keys) assert.strictEqual(Secrets.hide([])(`a${before}${key} b`), `a${before}<redacted> b`)
    }
  })

  for (const [way, [secret, text]] of Object.entries(written)) {
    it(`hides a secret that is written ${way}`, () => {
      const hide = Secrets.hide([Redacted.make(secret)])
      for (const around of [["", ""], ["You sent ", " to us."], ["{\"key\":\"", "\"}"], ["x\n", "\n\ny"]] as const) {
        const hidden = hide(around.join(text))
        assert.include(hidden, "<redacted>")
        // Of base64, the letters at its ends hold bits of what stands around the secret, too.
        const left = hidden.replaceAll(/[\w+/=%-]{0,16}<redacted>[\w+/=%-]{0,24}/g, "")
        assert.isAtMost(left.length, around.join("").length + 4, hidden)
      }
    })
  }

  it("hides a private key over several lines, however it is escaped", () => {
    const pem = ["-----BEGIN EC PRIVATE", " KEY-----\nMHcCAQEEIA/+x\nAwEHoUQDQgAE=\n-----END EC PRIVATE KEY-----"].join(
      ""
    )
    for (const text of [pem, JSON.stringify(pem).slice(1, -1)]) {
      assert.strictEqual(Secrets.hide([])(`a ${text} b`), "a <redacted> b")
      assert.notInclude(Secrets.hide([Redacted.make(pem)])(`a ${text} b`), "MHcCAQ")
    }
  })

  it("hides the user part of an address, and secret parameters", () => {
    const hide = Secrets.hide([])
    const shown: Readonly<Record<string, string>> = {
      "GET https://user:pass@host.example/v1": "GET https://<redacted>@host.example/v1",
      "GET https://token@host.example/v1": "GET https://<redacted>@host.example/v1",
      "postgres://u:p%40ss@db:5432/x": "postgres://<redacted>@db:5432/x",
      "https://host/a?api_key=abc&page=2": "https://host/a?api_key=<redacted>&page=2",
      "https://host/a?page=2&refresh_token=abc#x": "https://host/a?page=2&refresh_token=<redacted>#x",
      "https://host/a?X-Amz-Signature=abc": "https://host/a?X-Amz-Signature=<redacted>",
      "https://host/a?api_key=redacted": "https://host/a?api_key=redacted",
      "https://host/a@b?max_tokens=10": "https://host/a@b?max_tokens=10"
    }
    for (const [text, right] of Object.entries(shown)) {
      assert.strictEqual(hide(text), right)
      assert.strictEqual(hide(hide(text)), right)
    }
  })

  it("finds secrets behind their names in fields, addresses, JSON and forms", () => {
    const values = (found: ReadonlyArray<Redacted.Redacted>) => found.map(Redacted.value)
    assert.deepStrictEqual(
      values(Secrets.ofFields([["Authorization", "Bearer abc-12345"], ["accept", "text/plain"]])),
      ["Bearer abc-12345", "abc-12345"]
    )
    const login = `Basic ${Buffer.from("user:s3cret-1").toString("base64")}`
    assert.includeMembers(values(Secrets.ofFields([["authorization", login]])), ["user:s3cret-1", "s3cret-1"])
    assert.includeMembers(values(Secrets.ofFields([["cookie", "a=1; sid=abcd-1234"]])), ["abcd-1234"])
    assert.deepStrictEqual(values(Secrets.ofAddress("https://abcd-1234@host/v1")), ["abcd-1234"])
    assert.includeMembers(values(Secrets.ofAddress("https://u:p%40ss-word@host/v1?key=abcd-1234")), [
      "p@ss-word",
      "abcd-1234"
    ])
    assert.deepStrictEqual(values(Secrets.ofBody({ a: [{ client_secret: "abcd-1234" }], max_tokens: "abcd-1234" })), [
      "abcd-1234"
    ])
    assert.deepStrictEqual(values(Secrets.ofBody("grant=x&password=abcd-1234")), ["abcd-1234"])
    assert.deepStrictEqual(values(Secrets.ofBody({ auth: "required", token: "Hello" })), [])
  })

  const secretNames = [
    "authorization",
    "proxy-authorization",
    "X-API-Key",
    "api-key",
    "apiKey",
    "apikey",
    "APIKEY",
    "x-goog-api-key",
    "Ocp-Apim-Subscription-Key",
    "x-functions-key",
    "key",
    "token",
    "access_token",
    "refresh_token",
    "id_token",
    "accessToken",
    "x-amz-security-token",
    "X-Amz-Signature",
    "sig",
    "cookie",
    "Set-Cookie",
    "password",
    "passwd",
    "db_password",
    "client_secret",
    "clientSecret",
    "secret",
    "private_key",
    "AWS_SECRET_ACCESS_KEY",
    "credentials",
    "x-auth",
    "session_id",
    "jwt",
    "passphrase"
  ]
  const openNames = [
    "max_tokens",
    "maxTokens",
    "x-ratelimit-remaining-tokens",
    "token_type",
    "token_count",
    "content-type",
    "idempotency-key",
    "prompt_cache_key",
    "sec-websocket-key",
    "primary_key",
    "public_key",
    "monkey",
    "keyboard",
    "keys",
    "author",
    "tokenizer",
    "secretary",
    "sign",
    "user-agent",
    "www-authenticate",
    "page",
    ""
  ]
  it("knows the names behind which secrets stand, and no others", () => {
    assert.deepStrictEqual(secretNames.filter((name) => !Secrets.isSecretName(name)), [])
    assert.deepStrictEqual(openNames.filter(Secrets.isSecretName), [])
  })

  it("hides the given secrets, whatever they look like", () => {
    const redact = Secrets.make([Redacted.make("hunter2"), Redacted.make("a.b*c.d*"), Redacted.make("")])
    assert.strictEqual(redact("hunter2 and a.b*c.d*, not aXbc"), "<redacted> and <redacted>, not aXbc")
  })

  it("leaves nothing of a secret that begins like another", () => {
    const redact = Secrets.make([Redacted.make("hunter-1"), Redacted.make("hunter-12"), Redacted.make("hunter")])
    assert.strictEqual(redact("hunter-12, hunter-1, hunter"), "<redacted>, <redacted>, hunter")
  })

  it("hides no value that is too short to be a secret [F41]", () => {
    const text = "none of them: a test of Ollama, EMPTY, dummy, lm-studio, not-needed, xxxxxxxxxx, sk-8"
    for (
      const value of ["none", "n", "test", "ollama", "EMPTY", "dummy", "lm-studio", "not-needed", "xxxxxxxxxx", "", " "]
    ) {
      assert.strictEqual(Secrets.hide([Redacted.make(value)])(text), text)
    }
  })

  it("leaves prose alone", () => {
    for (
      const prose of [
        "The task-force asked the bearer of the sketch about 1,000 kWh of risk-free power at sk-8.",
        "Basic information about bearer certificates, see https://example.com/a?b=c&page=2 or mail a@b.example",
        "SyntaxError: Unexpected token: identifier; max_tokens=4096 is more than the model allows",
        "C:\\new\\table\\users, 100% of 5 %25, &amp; and \\u0041"
      ]
    ) {
      assert.strictEqual(Secrets.make([Redacted.make(secret), Redacted.make(plain)])(prose), prose)
    }
  })

  const megabyte = 1_048_576
  const hostile: Readonly<Record<string, string>> = {
    "one letter": "a".repeat(megabyte),
    "beginnings of the secret": plain.slice(0, 11).repeat(megabyte / 11),
    "almost the secret": plain.slice(0, -20).repeat(megabyte / 9),
    "beginnings of web tokens": "-eyJaaaaaaaaaaaa".repeat(megabyte / 16),
    "a web token without a dot": `eyJ${"a-eyJ".repeat(megabyte / 5)}`,
    "the word Bearer": "Bearer ".repeat(megabyte / 7),
    "Bearer and blanks": `Bearer${" ".repeat(megabyte)}`,
    "beginnings of vendors' keys": "sk-gsk_hf_xai-AIza".repeat(megabyte / 18),
    backslashes: "\\".repeat(megabyte),
    "escaped letters": "\\u0061".repeat(megabyte / 6),
    percents: "%25".repeat(megabyte / 3),
    ampersands: "&amp;".repeat(megabyte / 5),
    "lines and blanks": " \n".repeat(megabyte / 2),
    blanks: " ".repeat(megabyte),
    "addresses": "https://".repeat(megabyte / 8),
    "users of addresses": `https://${"a".repeat(megabyte)}`,
    parameters: "?key=".repeat(megabyte / 5),
    "colors": `${"[1;1;".repeat(megabyte / 5)}sk-`,
    "private keys": "-----BEGIN PRIVATE KEY-----".repeat(megabyte / 27),
    "base64": Buffer.from(plain.slice(0, -2)).toString("base64").repeat(megabyte / 36)
  }
  for (const [what, text] of Object.entries(hostile)) {
    it(`comes to an end with a megabyte of ${what}`, () => {
      // By the square of the length it would take hours. `bench/Redaction.bench.ts` prints what it takes.
      const hidden = Secrets.hide([Redacted.make(plain), Redacted.make(secret)])(text)
      assert.isAtMost(hidden.length, text.length + 20 * 1_048_576)
    })
  }
})
