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
}

/**
 * The failure that `body` is, if it is one. `isAnswer` says of a body without an error that it holds an answer, so that its
 * other fields are not failures.
 */
export const find = (body: unknown, isAnswer: (body: LooseJson.Fields) => boolean): VendorError | undefined => {
  const json = LooseJson.fields(LooseJson.list(body)?.[0] ?? body)
  if (json === undefined) return undefined
  if (!LooseJson.saysNothing(json["error"])) return of(json["error"], json)
  if (json["type"] === "error" || json["object"] === "error") return of(json, {})
  if (isAnswer(json)) return undefined
  if (!LooseJson.isNothing(json["errors"])) return of(LooseJson.list(json["errors"])?.[0] ?? json["errors"], json)
  if (json["success"] === false || json["status"] === "error") return of(json, {})
  const says = LooseJson.text(json["message"]) ?? LooseJson.text(json["msg"]) ?? json["detail"] ?? json["error_msg"]
    ?? json["error_message"]
  return LooseJson.isNothing(says) ? undefined : of(json, {})
}

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
  const json = LooseJson.fields(error)
  if (json === undefined) {
    return { ...beside, message: wordsOf(around) ?? String(error), code: codeOf(error) ?? beside.code }
  }
  return {
    message: wordsOf(json) ?? JSON.stringify(json),
    type: kindOf(json["type"]) ?? kindOf(json["status"]) ?? beside.type,
    code: codeOf(json["code"]) ??
      codeOf(json["status_code"] ?? json["statusCode"] ?? json["status"] ?? json["error_code"]) ?? beside.code,
    param: LooseJson.text(json["param"])
  }
}

/** With what the server behind a router has said. */
const wordsOf = (json: LooseJson.Fields): string | undefined => {
  const { detail, error, error_description, error_message, error_msg, message, msg } = json
  const words = [message, msg, error_msg, error_message, detail, error_description, error].map(wordOf).find((word) =>
    word !== undefined
  )
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
export const kindByName = ({ code, type }: VendorError): Kind | undefined =>
  [code, type].map((name) =>
    typeof name === "string" ? names.get(name.toLowerCase().replaceAll(/[^a-z]/g, "")) : undefined
  )
    .find((kind) => kind !== undefined)

/** The kind that the vendor's words suggest, where it names none. */
export const kindByWords = ({ message = "" }: VendorError): Kind | undefined =>
  words.find(([, pattern]) => pattern.test(message))?.[0]

const names = new Map<string, Kind>(
  Object.entries(
    {
      key:
        "authenticationerror authenticationfailed unauthenticated unauthorized invalidapikey incorrectapikey apikeyinvalid"
        + " invalidauthentication accesstokenexpired tokenexpired unauthorizederror missingapikey",
      permission: "permissionerror permissiondenied permissiondeniederror forbidden accessdenied accessdeniedexception",
      quota:
        "insufficientquota billingerror billinghardlimitreached quotaexceeded insufficientbalance insufficientcredits"
        + " insufficientfunds paymentrequired creditsexhausted accountoverdue",
      rate:
        "ratelimiterror ratelimitexceeded ratelimitreached ratelimit toomanyrequests resourceexhausted throttlingexception"
        + " throttled requestsratelimitexceeded tokensratelimitexceeded",
      content:
        "contentfilter contentpolicyviolation contentmanagementpolicy datainspectionfailed responsibleaipolicyviolation"
        + " contentsafety moderationblocked",
      missing: "notfounderror notfound modelnotfound modelnotfoundexception deploymentnotfound",
      request: "invalidrequesterror invalidrequest invalidargument badrequest badrequesterror validationerror"
        + " validationexception contextlengthexceeded unsupportedparameter unsupportedvalue invalidparameter"
        + " invalidparametererror invalidprompt stringabovemaxlength failedprecondition unprocessableentityerror"
        + " invaliderror toolusefailed jsonvalidatefailed",
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
  ["overload", /overload|unavailable|at capacity|try again/i],
  ["timeout", /tim(?:ed?|e) ?out|deadline exceeded/i],
  ["server", /out of memory|internal (?:server )?error|crash/i],
  [
    "quota",
    /quota|billing|payment required|insufficient (?:balance|credit|fund)|(?:balance|credits?|funds) (?:is|are) (?:insufficient|too low)|credit balance|out of credits|余额不足/i
  ],
  ["rate", /rate.?limit|too many requests|throttl/i],
  [
    "key",
    /(?:invalid|incorrect|wrong|missing|no|expired).{0,20}(?:api.?key|credential|access token)|unauthori[sz]ed|unauthenticated/i
  ],
  ["permission", /forbidden|permission|access denied|not allowed to/i],
  ["content", /content (?:policy|filter|management)|moderation/i],
  ["tooLarge", /(?:request|payload|body) (?:is )?too large/i],
  ["missing", /not found|does not exist|no such|unknown model/i],
  [
    "request",
    /invalid|not support|unsupported|must be|required|maximum context|context length|too long|exceeds|malformed|unexpected/i
  ]
]
