/** What a file is for, as far as its path tells. */

export type FileKind =
  | 'env'
  | 'env-example'
  | 'notebook'
  | 'mcp-config'
  | 'editor-config'
  | 'compose'
  | 'dockerfile'
  | 'ci'
  | 'front-end'
  | 'script'
  | 'python'
  | 'config'
  | 'text'

/** First match wins. */
const KINDS: readonly (readonly [FileKind, RegExp])[] = [
  [
    'env-example',
    /(?:^|\/)\.env\.(?:[^/]*\.)?(?:example|sample|template|dist|defaults|schema)$|(?:^|\/)(?:example|sample|template)\.env$|(?:^|\/)env\.example$/i,
  ],
  ['env', /(?:^|\/)\.env(?:\.[^/]*)?$|(?:^|\/)[^/]+\.env$|(?:^|\/)\.dev\.vars$|(?:^|\/)\.envrc$/],
  ['notebook', /\.ipynb$/],
  [
    'mcp-config',
    /(?:^|\/)\.?mcp(?:[-_.][^/]*)?\.json$|(?:^|\/)(?:claude_desktop_config|mcp_settings|mcp_config)\.json$|(?:^|\/)\.(?:cursor|gemini|codex|claude)\/[^/]+\.(?:json|toml)$/,
  ],
  ['editor-config', /(?:^|\/)\.(?:vscode|zed|idea|continue|aider[^/]*|windsurf|fleet)\/.*|(?:^|\/)\.aider\.conf\.yml$|\.code-workspace$/],
  ['compose', /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/],
  ['dockerfile', /(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[^/]*)?$|\.(?:dockerfile|containerfile)$/i],
  [
    'ci',
    /(?:^|\/)\.(?:github\/(?:workflows|actions)|circleci|gitlab\/ci|buildkite|forgejo|gitea\/workflows|woodpecker)\/.*\.ya?ml$|(?:^|\/)(?:\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines|cloudbuild|appveyor|\.drone|buildspec)[^/]*\.ya?ml$|(?:^|\/)Jenkinsfile[^/]*$/,
  ],
  ['front-end', /(?:^|\/)(?:dist|build|out|public|www|static|_site|\.next|\.nuxt|\.output|\.svelte-kit|\.vercel\/output)\/.*\.(?:m?js|css|html?|map)$/],
  ['script', /\.(?:[cm]?[jt]sx?|vue|svelte|astro|html?)$/],
  ['python', /\.pyw?$/],
  ['config', /\.(?:ya?ml|json[5c]?|toml|ini|properties|tf|tfvars|tfstate|xml|sh|bash|zsh|fish|ps1)$|(?:^|\/)(?:Makefile|Procfile|justfile)$/],
]

/** Reads the path only, written with `/`. */
export function fileKindOf(path: string): FileKind {
  return KINDS.find(([, pattern]) => pattern.test(path))?.[0] ?? 'text'
}

const WORDS: Partial<Record<FileKind, string>> = {
  env: 'in an environment file',
  'env-example': 'in an example, which is meant to be shared',
  notebook: 'in a notebook',
  'mcp-config': 'in an MCP or agent config',
  'editor-config': 'in an editor’s config',
  compose: 'in a compose file',
  dockerfile: 'in a Dockerfile: every image built from it carries it',
  ci: 'in a CI file',
  'front-end': 'in a built front end: every visitor can read it',
}

/** Why it matters where it stands, or nothing. */
export function whereWords(kind: FileKind): string | null {
  return WORDS[kind] ?? null
}
