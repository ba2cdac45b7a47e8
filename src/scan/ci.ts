/** The job that looks for keys in a pull request: what a hook did not see, because it was not installed or gone around. */
export type CiPlatform = 'github' | 'gitlab'

/** On a new branch there is nothing to compare with, and all of history is looked at. */
const SCRIPT = [
  'case "$BASE" in',
  "  '' | 0000*) npx --yes keyrot scan --history FORMAT ;;",
  '  *) npx --yes keyrot scan --range "$BASE..HEAD" FORMAT ;;',
  'esac',
] as const

const script = (format: string, indent: string): string => SCRIPT.map((line) => indent + line.replace('FORMAT', format).trimEnd()).join('\n')

/**
 * One job of a workflow, as an entry of its `jobs` (GitHub) or of the file (GitLab), without an indent of its own. It reads the
 * repository and nothing else: no secret, no write, no token left behind for later steps. It is for `on: [push, pull_request]`.
 */
export function leakScanJob(platform: CiPlatform): string {
  return JOBS[platform]
}

const JOBS: Readonly<Record<CiPlatform, string>> = {
  github: `leaks:
  runs-on: ubuntu-latest
  permissions:
    contents: read
  steps:
    - uses: actions/checkout@v4
      with:
        fetch-depth: 0
        persist-credentials: false
    - uses: actions/setup-node@v4
      with:
        node-version: 24
    - env:
        BASE: \${{ github.event.pull_request.base.sha || github.event.before }}
      run: |
${script('--github', '        ')}
`,
  gitlab: `leaks:
  image: node:24
  variables:
    GIT_DEPTH: 0
  script:
    - BASE="\${CI_MERGE_REQUEST_DIFF_BASE_SHA:-$CI_COMMIT_BEFORE_SHA}"
    - |
${script('--sarif > keyrot.sarif', '      ')}
  artifacts:
    when: always
    paths: [keyrot.sarif]
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH
`,
}
