// Each looks at a bounded stretch behind what it begins with, so that no text takes long.
const SIGNS: readonly (readonly [shows: string, pattern: RegExp])[] = [
  [
    'stack trace',
    /Traceback \(most recent call last\)|\n[ \t]{1,16}at [^\n]{1,200}[(:][^\n]{0,200}:\d|Exception in thread "|Caused by: [\w.$]{3,200}(Exception|Error)|goroutine \d{1,9} \[|Stack trace:|panicked at|\.rb:\d{1,6}:in |(Fatal|Parse) error: [^\n]{1,300} on line|\bat [\w.$<>]{3,200}\([\w$]{1,100}\.(java|kt|scala|cs|go|py):\d/,
  ],
  [
    'sql error',
    /SQLSTATE|\bORA-\d{5}|error in your SQL syntax|syntax error at or near|Unclosed quotation mark|SQLITE_[A-Z]{3,20}|sqlite3\.|psycopg|\bPG::|pg_query|mysqli?_|violates (unique|foreign key|check|not-null)|relation "[^"\n]{1,100}" does not exist|Duplicate entry '|(Sequelize|Mongo(Server)?|Prisma\w{0,20})Error|SqlException|org\.hibernate|java\.sql\./i,
  ],
  [
    'internal address',
    /\b(10\.\d{1,3}|192\.168|172\.(1[6-9]|2\d|3[01])|127\.\d{1,3}|169\.254)\.\d{1,3}\.\d{1,3}\b|\blocalhost:\d|[\w-]{1,63}\.(internal|intranet|local|corp|lan|svc)\b|\bECONN(REFUSED|RESET)|getaddrinfo/,
  ],
  [
    'debug page',
    /Werkzeug|DEBUG = True|Whitelabel Error Page|Whoops\\|Symfony|Laravel|phpinfo\(|Server Error in '|Rails\.root|DJANGO_SETTINGS_MODULE|Version Information:[^\n]{0,200}\.NET/,
  ],
  [
    'path of a file',
    /(^|[\s"'(=])(\/(var|usr|home|opt|srv|app|root|etc)\/[\w.-]{1,100}\/|[A-Z]:\\{1,2}[\w .-]{1,100}\\)|node_modules\/|site-packages\//,
  ],
]

/** What a text tells of the inside of a program, in words for the operator. */
export function shownIn(text: string): readonly string[] {
  // In JSON the ends of lines are escaped.
  const plain = text.replaceAll('\\n', '\n').replaceAll('\\t', '\t')
  return SIGNS.filter(([, pattern]) => pattern.test(plain)).map(([shows]) => shows)
}

const LONGEST_EXCERPT = 200

/** The start of a text as it may be written down: without quoted values, addresses of mail, long words and long numbers. */
export function excerptOf(text: string): string {
  return text
    .slice(0, 2048)
    .replaceAll(/<(script|style)[^>]{0,200}>[^<]{0,2000}|<[^>]{0,200}>/gi, ' ')
    .replaceAll(/\\[nrt]|[^ -~]+/g, ' ')
    .replaceAll(/[^\s"'<>()]{1,64}@[^\s"'<>()]{1,128}/g, '[mail]')
    .replaceAll(/[\w+/=.-]{24,}/g, '[long]')
    .replaceAll(/\d[\d -]{4,}\d/g, '[number]')
    .replaceAll(/'[^']{1,200}'/g, "'…'")
    .replaceAll(/ {2,}/g, ' ')
    .trim()
    .slice(0, LONGEST_EXCERPT)
}
