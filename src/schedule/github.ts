/** A workflow of GitHub Actions. */
import { heading, indented, quoted, shellWord, text, tickOf, type ScheduleFacts } from './facts.ts'

/** Version tags, not commits: which commit a tag means now cannot be known here. Repository rules that ask for commits can be met by hand. */
const ACTIONS = { checkout: 'actions/checkout@v4', node: 'actions/setup-node@v4', aws: 'aws-actions/configure-aws-credentials@v4' } as const

export function githubWorkflow(facts: ScheduleFacts): string {
  return text(
    heading(facts, 'github', before(facts)),
    '# Actions are named by version tag. Where your rules ask for commits, put the commit of the tag there and keep the tag as a comment.',
    'name: keyrot',
    'on:',
    '  schedule:',
    `    - cron: ${quoted(`${facts.minute} * * * *`)}`,
    '  push:',
    '  pull_request:',
    '  workflow_dispatch:',
    ...(facts.approved.length === 0 ? [] : indented(approvalInputs(facts), 4)),
    'permissions: {}',
    'jobs:',
    ...indented(rotateJob(facts), 2),
    ...(facts.approved.length === 0 ? [] : indented(revokeJob(facts), 2)),
    ...indented(leaksJob(facts), 2),
  )
}

function before({ variables, aws, cluster, approved }: ScheduleFacts): readonly string[] {
  const secrets = [...variables, ...(cluster === null || cluster.kubeconfig !== null ? [] : ['KUBECONFIG_CONTENT'])]
  return [
    'make the environment `keyrot`, for the default branch only',
    ...(secrets.length === 0 ? [] : [`give it the secrets ${secrets.join(', ')}`]),
    ...(aws === null
      ? []
      : ["give it the variable AWS_ROLE_ARN: a role with the policy of `keyrot permissions` that trusts this repository's tokens for that environment"]),
    ...(approved.length === 0
      ? []
      : ['make the environment `keyrot-revoke` with required reviewers and the same secrets; only its admin key needs the right to delete']),
  ]
}

function approvalInputs({ approved }: ScheduleFacts): readonly string[] {
  return [
    'inputs:',
    '  credential:',
    '    description: credential whose old key may die',
    '    type: choice',
    `    options: [${approved.map(quoted).join(', ')}]`,
    '  plan:',
    '    description: hash of the plan that is approved, as keyrot plan shows it; empty to rotate only',
    '    type: string',
  ]
}

function rotateJob(facts: ScheduleFacts): readonly string[] {
  const wanted = "github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'"
  return [
    'rotate:',
    `  if: ${wanted}`,
    ...indented(frame(facts, 'keyrot'), 2),
    '  steps:',
    ...indented(setUp(facts), 4),
    '    - name: rotate what is due',
    ...indented(environment(facts), 6),
    `      run: ${quoted(`keyrot ${tickOf(facts)} --config ${shellWord(facts.config)}`)}`,
    '    - name: tell what is where',
    '      if: ${{ !cancelled() }}',
    ...indented(environment(facts), 6),
    `      run: ${quoted(`keyrot ${facts.summary} --config ${shellWord(facts.config)} >> "$GITHUB_STEP_SUMMARY"`)}`,
  ]
}

function revokeJob(facts: ScheduleFacts): readonly string[] {
  return [
    'revoke:',
    "  if: github.event_name == 'workflow_dispatch' && inputs.plan != ''",
    '  needs: rotate',
    ...indented(frame(facts, 'keyrot-revoke'), 2),
    '  steps:',
    ...indented(setUp(facts), 4),
    '    - name: let the old key die',
    ...indented([...environment(facts, { NAME: '${{ inputs.credential }}', PLAN: '${{ inputs.plan }}' })], 6),
    '      run: |',
    `        keyrot approve "$NAME" --yes --plan "$PLAN" --config ${shellWord(facts.config)}`,
    `        keyrot revoke "$NAME" --yes --confirm "$NAME" --config ${shellWord(facts.config)}`,
  ]
}

/** Its own events only: the others have secrets. */
function leaksJob({ leaks }: ScheduleFacts): readonly string[] {
  const [name = '', ...rest] = leaks.trimEnd().split('\n')
  return [name, "  if: github.event_name == 'push' || github.event_name == 'pull_request'", ...rest]
}

/** What both jobs are: one at a time, never cut off, with no more rights than they use. */
function frame({ ns, aws }: ScheduleFacts, environmentName: string): readonly string[] {
  return [
    'runs-on: ubuntu-latest',
    `environment: ${environmentName}`,
    'timeout-minutes: 30',
    'concurrency:',
    `  group: keyrot-${ns}`,
    '  cancel-in-progress: false',
    'permissions:',
    '  contents: read',
    ...(aws === null ? [] : ['  id-token: write']),
  ]
}

function setUp({ version, aws, cluster }: ScheduleFacts): readonly string[] {
  return [
    `- uses: ${ACTIONS.checkout}`,
    '  with:',
    '    persist-credentials: false',
    `- uses: ${ACTIONS.node}`,
    '  with:',
    '    node-version: 24',
    ...(aws === null
      ? []
      : [`- uses: ${ACTIONS.aws}`, '  with:', '    role-to-assume: ${{ vars.AWS_ROLE_ARN }}', `    aws-region: ${aws.region ?? '${{ vars.AWS_REGION }}'}`]),
    ...(cluster === null || cluster.kubeconfig !== null
      ? []
      : [
          '- name: sign in to the cluster',
          '  env:',
          '    CONTENT: ${{ secrets.KUBECONFIG_CONTENT }}',
          '  run: |',
          '    umask 077',
          '    printf \'%s\' "$CONTENT" > "$RUNNER_TEMP/kubeconfig"',
          '    echo "KUBECONFIG=$RUNNER_TEMP/kubeconfig" >> "$GITHUB_ENV"',
        ]),
    `- run: npm install --global --ignore-scripts keyrot@${version}`,
  ]
}

function environment({ variables }: ScheduleFacts, more: Readonly<Record<string, string>> = {}): readonly string[] {
  const lines = [...variables.map((name) => `  ${name}: \${{ secrets.${name} }}`), ...Object.entries(more).map(([name, value]) => `  ${name}: ${value}`)]
  return lines.length === 0 ? [] : ['env:', ...lines]
}
