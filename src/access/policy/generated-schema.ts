/** The entities of ours that policies may speak of, in Cedar's schema language, with what is told of each. */
const ENTITIES: Readonly<Record<string, string>> = {
  Role: 'entity Role;',
  User: 'entity User in [Role] { "id": String, "email"?: String, "emailVerified"?: Bool, "name"?: String, "language"?: String };',
  Service: 'entity Service in [Role] { "id": String, "name"?: String };',
  Client: 'entity Client in [Role] { "id": String, "name"?: String };',
  Key: 'entity Key { "id": String, "owner"?: String, "name"?: String, "classification"?: String, "environment"?: String };',
}

/** What is told of the circumstances of a question. `now` is always there; a policy asks for the others with `has`. */
const CONTEXT = `type Context = {
  "now": datetime,
  "ip"?: ipaddr,
  "country"?: String,
  "assurance"?: String,
  "keyClassification"?: String,
  "keyEnvironment"?: String,
  "method"?: String,
  "path"?: String
};`

const DECLARED = /\b(?:entity|type)\s+([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)/g

/**
 * The schema that policies of an organization are held against: our own entities and the context, and what the organization
 * declares. What it declares itself, such as a `User` with more attributes, takes the place of ours.
 *
 * @param added in Cedar's schema language; at least the actions, since none is generated
 */
export function schemaWith(added: string): string {
  const text = added.replaceAll(/\/\/[^\n]*/g, '')
  const declared = new Set([...text.matchAll(DECLARED)].flatMap(([, names = '']) => names.split(/\s*,\s*/)))
  const ours = Object.entries({ ...ENTITIES, Context: CONTEXT })
  return [...ours.flatMap(([name, line]) => (declared.has(name) ? [] : [line])), added].join('\n')
}
