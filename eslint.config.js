import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

/** Every project that `tsc -b` checks; named one by one, so that tests are linted with their own types. */
const projects = [
  'domain/tsconfig.json',
  'domain/tsconfig.test.json',
  'main/tsconfig.json',
  'renderer/tsconfig.json',
  'renderer/tsconfig.test.json',
  'sync-server/tsconfig.json',
  'gateway/tsconfig.json',
  'test/tsconfig.json',
];

const typed = {
  project: projects,
  tsconfigRootDir: import.meta.dirname,
  extraFileExtensions: ['.svelte'],
};

/** A cast through a second type proves nothing; parse at the boundary or narrow instead. */
const doubleCast = {
  selector: 'TSAsExpression > TSAsExpression.expression',
  message: 'A cast through a second type hides a mistake: parse or narrow instead.',
};

/** `FileHandle.write` may take a part and say so only by its count, as a disk does that becomes full. */
const unheededWrite = {
  selector: "ExpressionStatement > AwaitExpression > CallExpression[callee.property.name='write']",
  message: 'A write may be cut short without an error: use writeAll, appendFile or writeFile.',
};

/** The domain gets time and randomness as arguments, so that every decision can be replayed. */
const ambientDate = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'The domain has no clock: take the time as an argument.',
  },
  {
    selector: "CallExpression[callee.name='Date']",
    message: 'The domain has no clock: take the time as an argument.',
  },
];

export default defineConfig(
  { ignores: ['node_modules/', 'out/', 'dist/', '.data/', 'test-results/', 'playwright-report/'] },
  { linterOptions: { noInlineConfig: true } },
  ...tseslint.configs.recommendedTypeChecked,
  ...svelte.configs['flat/recommended'],
  {
    languageOptions: { parserOptions: typed },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', 400],
      'no-else-return': 'error',
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'no-restricted-syntax': ['error', doubleCast, unheededWrite],
      'object-shorthand': 'error',
      'prefer-template': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An async function without await keeps a promised signature; that is a choice, not a mistake.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { ...typed, parser: tseslint.parser } },
    rules: {
      // Svelte's own declarations: `let` is what makes a prop or a state assignable.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { excludedRunes: ['$props', '$state', '$derived'] }],
      'svelte/no-at-html-tags': 'error',
      // sv-router owns the paths; this rule knows SvelteKit's only.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['domain/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'Date',
          property: 'now',
          message: 'The domain has no clock: take the time as an argument.',
        },
        {
          object: 'Math',
          property: 'random',
          message: 'The domain draws no lots: take the bytes as an argument.',
        },
      ],
      'no-restricted-syntax': ['error', doubleCast, ...ambientDate],
    },
  },
  {
    // These report through a logger or as data; only commands and tests print.
    files: ['domain/**', 'main/core/**', 'renderer/**', 'sync-server/**'],
    ignores: ['sync-server/cli/**', '**/*.test.ts', '**/*.config.ts'],
    rules: { 'no-console': 'error' },
  },
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
);
