/** Jobs of GitLab CI. They begin by a pipeline schedule of the project, which no file can make. */
import { heading, indented, quoted, shellWord, text, tickOf, type ScheduleFacts } from './facts.ts'

export function gitlabJobs(facts: ScheduleFacts): string {
  return text(
    heading(facts, 'gitlab', before(facts)),
    '.keyrot:',
    ...indented(common(facts), 2),
    'rotate:',
    '  extends: .keyrot',
    '  environment:',
    '    name: keyrot',
    '    action: access',
    '  script:',
    `    - ${quoted(`keyrot ${tickOf(facts)} --config ${shellWord(facts.config)}`)}`,
    '  after_script:',
    `    - ${quoted(`PATH="$CI_PROJECT_DIR/.keyrot-cli/bin:$PATH" keyrot ${facts.summary} --config ${shellWord(facts.config)} > keyrot.md`)}`,
    '  artifacts:',
    '    when: always',
    '    paths: [keyrot.md]',
    '  rules:',
    '    - if: $CI_PIPELINE_SOURCE == "schedule"',
    ...(facts.approved.length === 0 ? [] : revokeJob(facts)),
    facts.leaks.trimEnd(),
  )
}

function before({ minute, variables, aws, cluster, approved }: ScheduleFacts): readonly string[] {
  const secrets = [...variables, ...(cluster === null || cluster.kubeconfig !== null ? [] : ['KUBECONFIG (of type file)'])]
  return [
    `make a pipeline schedule for the default branch: ${minute} * * * *`,
    ...(secrets.length === 0 ? [] : [`give the environment \`keyrot\` the variables ${secrets.join(', ')}: protected, masked and hidden`]),
    ...(aws === null ? [] : ["give it AWS_ROLE_ARN: a role with the policy of `keyrot permissions` that trusts this project's tokens for the default branch"]),
    ...(approved.length === 0 ? [] : ['protect the environment `keyrot-revoke` and give it the same variables; only its admin key needs the right to delete']),
  ]
}

function common({ ns, version, aws }: ScheduleFacts): readonly string[] {
  return [
    'image: node:24',
    'timeout: 30 minutes',
    'interruptible: false',
    `resource_group: keyrot-${ns}`,
    ...(aws === null
      ? []
      : [
          'id_tokens:',
          '  KEYROT_AWS_TOKEN:',
          '    aud: sts.amazonaws.com',
          'variables:',
          '  AWS_WEB_IDENTITY_TOKEN_FILE: /tmp/keyrot-aws-token',
          '  AWS_ROLE_SESSION_NAME: keyrot-$CI_PIPELINE_ID',
        ]),
    'before_script:',
    `  - ${quoted(`npm install --global --ignore-scripts --prefix "$CI_PROJECT_DIR/.keyrot-cli" keyrot@${version}`)}`,
    `  - ${quoted('export PATH="$CI_PROJECT_DIR/.keyrot-cli/bin:$PATH"')}`,
    ...(aws === null ? [] : [`  - ${quoted('(umask 077; printf %s "$KEYROT_AWS_TOKEN" > "$AWS_WEB_IDENTITY_TOKEN_FILE")')}`]),
  ]
}

function revokeJob(facts: ScheduleFacts): readonly string[] {
  const config = shellWord(facts.config)
  return [
    `# Begun by hand, with the variables NAME (${facts.approved.join(' or ')}) and PLAN, the hash that \`keyrot plan\` shows.`,
    'revoke:',
    '  extends: .keyrot',
    '  environment:',
    '    name: keyrot-revoke',
    '    action: access',
    '  script:',
    `    - ${quoted(`keyrot approve "$NAME" --yes --plan "$PLAN" --config ${config}`)}`,
    `    - ${quoted(`keyrot revoke "$NAME" --yes --confirm "$NAME" --config ${config}`)}`,
    '  rules:',
    '    - if: $CI_PIPELINE_SOURCE == "schedule"',
    '      when: manual',
    '      allow_failure: true',
  ]
}
