/**
 * What the user has put in, and its way into the page's address and back: `#sandbox=on,spawn=deny&arch=x86_64`.
 * A profile is compressed, since addresses should not be longer than they must.
 *
 * @module
 */
import { defaultEdition, type Edition, editions } from '@qseccomp/options/policy';

/** A policy as it is typed. */
export interface PolicyInput {
  /** A `-sandbox` string, or the JSON of a container profile. */
  readonly text: string;
  readonly edition: Edition;
  readonly killProcess: boolean;
  /** Capabilities of a profile's container, separated by blanks or commas. */
  readonly caps: string;
  /** Release that a profile is for; empty: newer than any that it names. */
  readonly kernel: string;
}

/** The views, in their order. */
export const VIEWS = ['rules', 'tree', 'listing', 'cost', 'cache', 'compare'] as const;

/** Name of a view. */
export type View = (typeof VIEWS)[number];

/** All that the user has put in. */
export interface State {
  readonly a: PolicyInput;
  /** What `a` is compared with. */
  readonly b: PolicyInput;
  /** Names; none: those that a profile names, else x86_64. */
  readonly architectures: readonly string[];
  readonly call: string;
  /** Architecture of the call; empty: the filter's first one. */
  readonly callArchitecture: string;
  readonly view: View;
}

const PLAIN: PolicyInput = { text: 'on', edition: defaultEdition, killProcess: true, caps: '', kernel: '' };

/** What the page begins with. */
const START: State = {
  a: { ...PLAIN, text: 'on,spawn=deny' },
  b: PLAIN,
  architectures: ['x86_64'],
  call: 'clone 0x3d0f00',
  callArchitecture: '',
  view: 'rules',
};

/** Whether a text is meant as a profile. */
export function isProfile(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

/**
 * Writes a state as the part of an address behind `#`.
 *
 * @param state - any
 */
export async function toHash(state: State): Promise<string> {
  const { architectures, call, callArchitecture, view } = state;
  const words = [
    ...(await policyWords('', state.a)),
    ['arch', architectures.join()],
    ...(call === '' ? [] : [['call', call]]),
    ...(callArchitecture === '' ? [] : [['of', callArchitecture]]),
    ...(view === START.view ? [] : [['view', view]]),
    ...(view === 'compare' ? await policyWords('b.', state.b) : []),
  ];
  // Readable where that does no harm: a value may hold commas and equals signs as they are.
  return new URLSearchParams(words).toString().replaceAll('%2C', ',').replaceAll('%3D', '=');
}

/**
 * Reads what {@link toHash} wrote. What is missing, or means nothing, is as the page begins.
 *
 * @param hash - with or without `#`
 */
export async function fromHash(hash: string): Promise<State> {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const view = VIEWS.find((name) => name === words.get('view')) ?? START.view;
  if (![...words.keys()].some((name) => ['sandbox', 'profile'].includes(name))) return { ...START, view };
  return {
    a: await policyOf('', words),
    b: await policyOf('b.', words),
    architectures: (words.get('arch') ?? '').split(',').filter((name) => name !== ''),
    call: words.get('call') ?? '',
    callArchitecture: words.get('of') ?? '',
    view,
  };
}

async function policyWords(prefix: string, policy: PolicyInput): Promise<string[][]> {
  const { text, edition, killProcess, caps, kernel } = policy;
  if (isProfile(text)) {
    return [
      [`${prefix}profile`, await packed(text)],
      ...(caps === '' ? [] : [[`${prefix}caps`, caps]]),
      ...(kernel === '' ? [] : [[`${prefix}kernel`, kernel]]),
    ];
  }
  return [
    [`${prefix}sandbox`, text],
    ...(edition === defaultEdition ? [] : [[`${prefix}edition`, edition]]),
    ...(killProcess ? [] : [[`${prefix}kill-process`, 'no']]),
  ];
}

async function policyOf(prefix: string, words: URLSearchParams): Promise<PolicyInput> {
  const word = (name: string): string | undefined => words.get(`${prefix}${name}`) ?? undefined;
  const profile = word('profile');
  const edition = word('edition') ?? '';
  return {
    text: profile === undefined ? (word('sandbox') ?? PLAIN.text) : await unpacked(profile),
    edition: Object.hasOwn(editions, edition) ? (edition as Edition) : defaultEdition,
    killProcess: word('kill-process') !== 'no',
    caps: word('caps') ?? '',
    kernel: word('kernel') ?? '',
  };
}

async function packed(text: string): Promise<string> {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream('deflate-raw'));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** An address that was cut off gives an empty profile, about which the page then says what is wrong. */
async function unpacked(text: string): Promise<string> {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw')));
  } catch {
    return '{}';
  }
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}
