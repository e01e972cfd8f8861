export type { JsonBounds } from '../core/index.ts'
export {
  type AskedRequest,
  createDocumentCheck,
  createGraphqlCheck,
  type DocumentOptions,
  type GraphqlOptions,
  type RequestCheck,
  readJson,
} from './application.ts'
export type { FetchLike } from './as-fetch.ts'
export type { BodyRule, RuledBody, Ruling } from './body-rule.ts'
export type { Asked, AskOptions, ProviderAnswer, ProviderFailure } from './client/asked.ts'
export { clientEvents } from './client/events.ts'
export type { ProviderCall, ProviderFigures } from './client/figures.ts'
export {
  type AnswerOptions,
  readAnswerOptions,
  readClientOptions,
  type SafeClientOptions,
} from './client/options.ts'
export { clientProblems } from './client/problems.ts'
export { openSafeClient, type SafeClient } from './client/safe-client.ts'
export { type CorsSettings, corsRule } from './cors/cors.ts'
export { corsProblems } from './cors/problems.ts'
export { answerEvents } from './errors/event.ts'
export { answerProblems } from './errors/problems.ts'
export { type ErrorSettings, errorRule } from './errors/rule.ts'
export { guardEvents, refusalEvent, undocumentedEvent } from './events.ts'
export { flowEvents } from './flow/events.ts'
export { createFlows, type Flows, type FlowsDeps, type LoadedFlows, VERIFY_PREFIX } from './flow/flows.ts'
export { flowProblems } from './flow/problems.ts'
export type { FlowSettings } from './flow/settings.ts'
export { createGraphql, GRAPHQL_TYPES, type GraphqlRules, type GraphqlSettings } from './graphql/graphql.ts'
export { graphqlProblems } from './graphql/problems.ts'
export { securityHeaders } from './headers/security.ts'
export { type HeaderSettings, withChanges } from './headers/settings.ts'
export { type LeakSettings, leakRule } from './leaks/rule.ts'
export { absence, type LifecycleSettings, lifecycleHead } from './lifecycle/lifecycle.ts'
export type { Resolve } from './lookup.ts'
export { type OpenApiDocument, type ReadDocument, readDocument } from './openapi/document.ts'
export {
  createOpenApi,
  type MadeOpenApi,
  type OpenApiRules,
  type OpenApiSettings,
  openapiTypes,
} from './openapi/openapi.ts'
export { openapiProblems } from './openapi/problems.ts'
export { isObject, type Json, type JsonObject, objectsIn, resolved } from './openapi/tree.ts'
export { settingsFrom } from './options.ts'
export { guardProblems, type OutboundCode } from './problems.ts'
export {
  createSafeFetch,
  type Outbound,
  type OutboundDeps,
  type OutboundOptions,
  type Refusal,
  type SafeFetch,
} from './safe-fetch.ts'
export type { OutboundAnswer, OutboundTls } from './send.ts'
export type { OutboundSettings } from './settings.ts'
export type { InflateBounds } from './shape/inflate.ts'
export { unpack } from './shape/inflate.ts'
export { shapeProblems } from './shape/problems.ts'
export { type Shape, type ShapeSettings, shapeOf } from './shape/shape.ts'
export { isOfType, UPLOAD_TYPES, type UploadType } from './shape/sniff.ts'
