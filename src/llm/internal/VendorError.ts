/**
 * What a vendor says about a failure, wherever it says it: in the body of a refused request, in an answer with status 200, in
 * an event of a stream, or in a line of a batch.
 */
import * as Result from "effect/Result"
import * as LooseJson from "./LooseJson.ts"

/** The vendor's words, and what it calls the failure. */
export interface VendorError {
  readonly message?: string | undefined
  readonly type?: string | undefined
  readonly code?: string | number | undefined
  readonly param?: string | undefined
  /** A reason among Google's details. */
  readonly reason?: string | undefined
  /** How long it asks to wait, as text. */
  readonly wait?: string | undefined
}

/**
 * The failure that `body` is, if it is one. `isAnswer` says of a body without an error that it holds an answer, so that its
 * other fields are not failures.
 */
export const find = (body: unknown, isAnswer: (body: LooseJson.Fields) => boolean): VendorError | undefined => {
  const given = LooseJson.fields(LooseJson.list(body)?.[0] ?? body)
  if (given === undefined) return undefined
  const json = inSmallLetters(given)
  if (!LooseJson.saysNothing(json["error"])) return of(json["error"], json)
  const groq = LooseJson.fields(json["x_groq"])?.["error"]
  if (!LooseJson.saysNothing(groq)) return of(groq, json)
  const around = LooseJson.fields(given["ResponseMetadata"] ?? given["Response"])
  if (around !== undefined && !LooseJson.saysNothing(around["Error"])) return of(around["Error"], around)
  const base = LooseJson.fields(json["base_resp"])
  if (base !== undefined && !LooseJson.saysNothing(base["status_code"])) {
    const code = LooseJson.count(base["status_code"])
    return { message: LooseJson.text(base["status_msg"]) ?? `status_code ${code}`, type: minimax.get(code), code }
  }
  if (json["type"] === "error" || json["object"] === "error") return of(json, {})
  if (isAnswer(json)) return undefined
  if (!LooseJson.isNothing(json["errors"])) return of(LooseJson.list(json["errors"])?.[0] ?? json["errors"], json)
  const { status } = json
  if (json["success"] === false || status === "error" || status === "failed" || status === "failure") {
    return of(json, {})
  }
  return topWords.every((key) => LooseJson.isNothing(key === "message" ? LooseJson.text(json[key]) : json[key]))
    ? undefined
    : of(json, {})
}

/** Where a body that has no answer says what is wrong. */
const topWords = [
  "message",
  "msg",
  "detail",
  "error_msg",
  "error_message",
  "errorMessage",
  "error_description",
  "err",
  "exception",
  "fault"
]

/** The numbers of MiniMax. */
const minimax = new Map<number | undefined, string>([
  [1001, "timeout"],
  [1002, "ratelimit"],
  [1004, "invalidapikey"],
  [1008, "insufficientbalance"],
  [1013, "internalerror"],
  [1024, "internalerror"],
  [1026, "contentfilter"],
  [1027, "contentfilter"],
  [1033, "internalerror"],
  [1039, "ratelimit"],
  [1041, "ratelimit"],
  [2013, "invalidparameter"],
  [2049, "invalidapikey"],
  [2056, "ratelimit"]
])

/** `Error`, `Message` and the like are read as `error` and `message`. */
const inSmallLetters = (json: LooseJson.Fields): LooseJson.Fields =>
  capitals.some((key) => key in json)
    ? {
      ...json,
      ...Object.fromEntries(
        capitals.filter((key) => key in json).map((key) => [key.slice(0, 1).toLowerCase() + key.slice(1), json[key]])
      )
    }
    : json

const capitals = ["Error", "Errors", "Message", "Code", "Type", "Detail", "Status", "ErrorMessage", "ErrorCode"]

/** What stands where an error does: an object, a text, or `true` beside the words. */
export const of = (error: unknown, around: LooseJson.Fields): VendorError => {
  const beside = {
    type: kindOf(around["error_type"] ?? around["type"]),
    code: codeOf(around["code"] ?? around["error_code"] ?? around["status"])
  }
  if (typeof error === "string") {
    const inner = LooseJson.fields(Result.getOrUndefined(Result.try(() => LooseJson.parse(error))))
    return inner === undefined ? { ...beside, message: error } : of(inner, around)
  }
  const given = LooseJson.fields(error)
  const json = given && inSmallLetters(given)
  if (json === undefined) {
    return { ...beside, message: wordsOf(around) ?? String(error), code: codeOf(error) ?? beside.code }
  }
  return {
    message: wordsOf(json) ?? JSON.stringify(json),
    type: kindOf(json["type"] ?? json["__type"]) ?? kindOf(json["status"]) ?? beside.type,
    code: codeOf(json["code"]) ??
      codeOf(
        json["status_code"] ?? json["statusCode"] ?? json["status"] ?? json["error_code"] ?? json["errorCode"]
          ?? json["codeN"]
      ) ?? beside.code,
    param: LooseJson.text(json["param"]),
    reason: isModerated(json) ? "moderation_blocked" : reasonIn(json),
    wait: waitIn(json) ?? waitIn(around)
  }
}

const reasonIn = (json: LooseJson.Fields): string | undefined =>
  (LooseJson.list(json["details"]) ?? []).map((detail) => LooseJson.text(LooseJson.fields(detail)?.["reason"]))
    .find((reason) => reason !== undefined)

/** OpenRouter says what of the input was flagged. */
const isModerated = (json: LooseJson.Fields): boolean => {
  const metadata = LooseJson.fields(json["metadata"])
  return metadata !== undefined && ("flagged_input" in metadata || !LooseJson.isNothing(metadata["reasons"]))
}

/** How long a vendor asks to wait: in a field, in one of Google's details, or in its words. */
const waitIn = (json: LooseJson.Fields): string | undefined => {
  const millis = LooseJson.count(json["retry_after_ms"] ?? json["retryAfterMs"])
  if (millis !== undefined) return `${millis}ms`
  const details = [json, ...(LooseJson.list(json["details"]) ?? []).map(LooseJson.fields)]
  for (const detail of details) {
    const wait = secondsOf(
      detail?.["retryDelay"] ?? detail?.["retry_delay"] ?? detail?.["retry_after"] ?? detail?.["retryAfter"]
    )
    if (wait !== undefined) return wait
  }
  return asksToWait.exec(LooseJson.text(json["message"]) ?? "")?.[1]
}

/** A text, a number of seconds, or an object of seconds and nanoseconds. */
const secondsOf = (wait: unknown): string | undefined => {
  const json = LooseJson.fields(wait)
  if (json === undefined) return LooseJson.label(wait)
  const seconds = Number(json["seconds"] ?? 0) + Number(json["nanos"] ?? 0) / 1e9
  return Number.isFinite(seconds) ? `${seconds}s` : undefined
}

const asksToWait =
  /(?:try again|retry|wait)(?:\s+(?:in|after|for))?:?\s+((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)(?![a-z])\s*)+)/i

/** With what the server behind a router has said. */
const wordsOf = (json: LooseJson.Fields): string | undefined => {
  const { detail, error, errorMessage, error_description, error_message, error_msg, message, msg, reason, title } = json
  const { err, exception, fault, faultstring, status_msg } = json
  const words = [
    message,
    msg,
    error_msg,
    error_message,
    errorMessage,
    detail,
    error_description,
    error,
    status_msg,
    err,
    exception,
    fault,
    faultstring,
    reason,
    title
  ].map(wordOf).find((word) => word !== undefined)
  const raw = LooseJson.text(LooseJson.fields(json["metadata"])?.["raw"])
  return raw === undefined || words === undefined ? words ?? raw : `${words}: ${raw}`
}

const wordOf = (value: unknown): string | undefined => {
  const first = LooseJson.list(value)?.[0] ?? value
  const json = LooseJson.fields(first)
  return LooseJson.text(first) ?? (json === undefined ? undefined : wordsOf(json))
}

/** `error` says no more than that it is one. */
const kindOf = (value: unknown): string | undefined => {
  const kind = LooseJson.text(value)
  return kind === "error" ? undefined : kind
}

const codeOf = (value: unknown): string | number | undefined =>
  typeof value === "string" && /^\d{3}$/.test(value)
    ? Number(value)
    : typeof value === "number" && Number.isFinite(value)
    ? value
    : kindOf(value)

/** A group of failures that are handled alike. */
export type Kind =
  | "key"
  | "permission"
  | "quota"
  | "rate"
  | "content"
  | "missing"
  | "request"
  | "tooLarge"
  | "timeout"
  | "overload"
  | "server"

/** The kind that the vendor names, by its code or type. */
export const kindByName = ({ code, reason, type }: VendorError): Kind | undefined =>
  [reason, code, type].map((name) => zhipu.get(String(name)) ?? (typeof name === "string" ? named(name) : undefined))
    .find((kind) => kind !== undefined)

/** Amazon writes a namespace before the name, and an address behind it. */
const named = (name: string): Kind | undefined =>
  names.get(name.replace(/^.*#/, "").replace(/:.*$/, "").toLowerCase().replaceAll(/[^a-z]/g, ""))

/** The numbers of Zhipu that no other vendor has. */
const zhipu = new Map<string, Kind>([
  ["1113", "quota"],
  ["1301", "content"],
  ["1302", "rate"],
  ["1303", "rate"],
  ["1305", "rate"]
])

/** Whether the vendor's words say that nothing is left to pay with. */
export const isUnpaid = ({ message = "" }: VendorError): boolean =>
  /insufficient (?:account )?(?:balance|credit|fund)|credit balance (?:is )?too low|out of credits|budget.{0,30}exceeded|余额不足|欠费/i
    .test(message)

/** Whether the request alone is larger than the limit that it met, so that no wait helps. */
export const isLargerThanLimit = ({ message = "" }: VendorError): boolean => {
  const [, limit, requested] = /limit:?\s*(\d+),\s*requested:?\s*(\d+)/i.exec(message) ?? []
  return /request too large/i.test(message) || (limit !== undefined && Number(requested) > Number(limit))
}

/** Whether the vendor's words say that the key is wrong. */
export const isWrongKey = ({ message = "" }: VendorError): boolean => wrongKey.test(message)

const wrongKey =
  /\b(?:invalid|incorrect|wrong|missing|no|bad|expired|revoked|malformed)\b.{0,20}(?:api.?key|credential|access token|auth(?:entication|orization)? (?:token|header))|(?:api.?key|access token)s?\b.{0,60}?\b(?:not (?:valid|found|recogni[sz]ed|authori[sz]ed)|invalid|incorrect|expired|revoked|missing|required|unknown|disabled)\b/i

/** The kind that the vendor's words suggest, where it names none. */
export const kindByWords = ({ message = "" }: VendorError): Kind | undefined =>
  words.find(([, pattern]) => pattern.test(message))?.[0]

const names = new Map<string, Kind>(
  Object.entries(
    {
      key:
        "authenticationerror authenticationfailed unauthenticated unauthorized invalidapikey incorrectapikey apikeyinvalid"
        + " authfailure signaturedoesnotmatch invalidauthentication accesstokenexpired tokenexpired unauthorizederror missingapikey"
        + " autherror authenticationfailure",
      permission: "permissionerror permissiondenied permissiondeniederror forbidden accessdenied accessdeniedexception",
      quota:
        "insufficientquota billingerror billinghardlimitreached quotaexceeded insufficientbalance insufficientcredits"
        + " insufficientfunds paymentrequired creditsexhausted accountoverdue accountoverdueerror quotaexhausted"
        + " insufficientbalanceerror insufficientcredit exceededcurrentquotaerror exceededcurrentquota budgetexceeded"
        + " billingnotactive usagelimitreached creditlimitexceeded",
      rate:
        "ratelimiterror ratelimitexceeded ratelimitreached ratelimit toomanyrequests resourceexhausted throttlingexception"
        + " throttled requestsratelimitexceeded tokensratelimitexceeded"
        + " throttling throttlinguser throttlingratequota requestlimitexceeded limitrequests",
      content:
        "contentfilter contentpolicyviolation contentmanagementpolicy datainspectionfailed responsibleaipolicyviolation"
        + " contentsafety moderationblocked",
      missing: "notfounderror notfound modelnotfound modelnotfoundexception deploymentnotfound",
      request: "invalidrequesterror invalidrequest invalidargument badrequest badrequesterror validationerror"
        + " validationexception contextlengthexceeded unsupportedparameter unsupportedvalue invalidparameter"
        + " invalidparametererror invalidprompt stringabovemaxlength failedprecondition unprocessableentityerror"
        + " invalidparametervalue missingparameter invaliderror toolusefailed jsonvalidatefailed",
      tooLarge: "requesttoolarge payloadtoolarge contenttoolarge",
      timeout: "timeouterror timeout deadlineexceeded gatewaytimeout",
      overload:
        "overloadederror overloaded serviceunavailable serviceunavailableerror serviceunavailableexception unavailable"
        + " engineoverloaded serveroverloaded modeloverloaded capacityexceeded",
      server: "servererror apierror internalerror internalservererror internal internalfailure internalserverexception"
        + " modelstreamerrorexception"
    } satisfies Record<Kind, string>
  ).flatMap(([kind, list]) => list.split(" ").map((name) => [name, kind as Kind] as const))
)

/** The first that fits. A server in trouble comes first, as it can be asked again. */
const words: ReadonlyArray<readonly [Kind, RegExp]> = [
  ["overload", /overload|unavailable|at capacity|try again|(?:is|still|currently) (?:loading|starting|warming)/i],
  ["timeout", /tim(?:ed?|e) ?out|deadline exceeded/i],
  ["server", /out of memory|internal (?:server )?error|crash/i],
  [
    "quota",
    /quota|billing|payment required|insufficient (?:balance|credit|fund)|(?:balance|credits?|funds) (?:is|are) (?:insufficient|too low)|credit balance|out of credits|余额不足/i
  ],
  ["rate", /rate.?limit|too many requests|throttl|please wait before/i],
  ["key", wrongKey],
  ["key", /unauthori[sz]ed|unauthenticated/i],
  ["permission", /forbidden|permission|access denied|not allowed to/i],
  ["content", /content (?:policy|filter|management)|moderation/i],
  ["tooLarge", /(?:request|payload|body) (?:is )?too large/i],
  ["missing", /not found|does not exist|no such|unknown model/i],
  [
    "request",
    /invalid|not support|unsupported|must be|required|maximum context|context length|too long|exceeds|malformed|unexpected/i
  ]
]
