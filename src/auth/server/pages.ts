/**
 * auth/server/pages — the pages on which a person decides: consent, the code of a device, and what to do when it went wrong.
 *
 * Rendered here, from text nodes only: whatever a client says of itself is escaped. No inline script or style, nothing
 * from elsewhere, no frame around it. Deny has the focus; Allow is armed after a moment.
 * Knows nothing of: how a decision is carried out.
 */
import { pageStyle } from './page-style.ts';

export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'none'; " +
  "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** Where our pages keep the proof of an admin session: admin/browser writes it. */
const proofStorageKey = 'mcpmux.admin.proof';

const mark =
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M3 5h3.5c4 0 3.5 7 7 7M3 12h10M3 19h3.5c4 0 3.5-7 7-7"/><circle cx="17.5" cy="12" r="3.5" fill="currentColor" stroke="none"/></svg>';

export interface ConsentSpace {
  readonly id: string;
  readonly name: string;
  readonly says: string;
  readonly isDefault: boolean;
  readonly sets: readonly { readonly id: string; readonly name: string; readonly says: string }[];
}

export interface ConsentFacts {
  /** What it calls itself. */
  readonly name: string;
  /** The host of its document, verified; undefined = it registered itself. */
  readonly verifiedHost: string | undefined;
  /** You have registered it by hand. */
  readonly isYours: boolean;
  /** Undefined for a device that shows a code. */
  readonly redirect:
    | { readonly uri: string; readonly host: string; readonly says: string; readonly isLocalOnly: boolean }
    | undefined;
  /** A client that was allowed before, and takes its place again. */
  readonly isKnownAs: string | undefined;
  readonly spaces: readonly ConsentSpace[];
  readonly durations: readonly {
    readonly value: string;
    readonly says: string;
    readonly isDefault: boolean;
  }[];
}

/** @param base path under which the browser sees us, such as `/tools` or nothing */
export function consentPage(base: string, facts: ConsentFacts): string {
  const { name, verifiedHost, redirect, isKnownAs } = facts;
  const claim = facts.isYours
    ? `You have registered “${escapeHtml(name)}” yourself.`
    : verifiedHost === undefined
      ? `“${escapeHtml(name)}” is what it calls itself. Nobody has verified that.`
      : `“${escapeHtml(name)}” is what ${escapeHtml(verifiedHost)} calls it.`;
  const spaces = facts.spaces
    .map(
      (space) =>
        `<label class="opt"><input type="radio" name="space" value="${escapeHtml(space.id)}"${space.isDefault ? ' checked' : ''}><span>${escapeHtml(space.name)} <span class="t3 small">${escapeHtml(space.says)}</span></span></label>${
          space.sets.length === 0
            ? ''
            : `<div class="sets" role="group" aria-label="FeatureSets of ${escapeHtml(space.name)}"><span class="t3 small">only these FeatureSets, if you choose any:</span>${space.sets
                .map(
                  (set) =>
                    `<label><input type="checkbox" name="set" data-space="${escapeHtml(space.id)}" value="${escapeHtml(set.id)}"><span>${escapeHtml(set.name)} <span class="t3 small">${escapeHtml(set.says)}</span></span></label>`,
                )
                .join('')}</div>`
        }`,
    )
    .join('');
  return page(
    base,
    `${escapeHtml(name)} asks for access`,
    `<form class="panel" id="consent"><div class="pad">
<div class="head" aria-hidden="true"><span class="tile">${escapeHtml(Array.from(name).slice(0, 2).join(''))}</span><svg viewBox="0 0 60 12"><path d="M0 6h60"/></svg><span class="tile hub">${mark}</span></div>
<div class="col tight"><h1>${escapeHtml(name)} asks to use your tools</h1><p class="t2">${claim}</p></div>
<dl>${
      redirect === undefined
        ? '<dt>Asked by</dt><dd>a device that shows you a code. Allow only if you started it yourself.</dd>'
        : `<dt>Comes back to</dt><dd><span class="mono host">${escapeHtml(redirect.host)}</span> <span class="t3">${escapeHtml(redirect.says)}</span>${
            redirect.isLocalOnly
              ? '<br><span class="warn small">Any program there can ask under this name. If you did not just start it, deny.</span>'
              : ''
          }<br><span class="mono t3 small">${escapeHtml(redirect.uri)}</span></dd>`
    }
<dt>Identity</dt><dd>${
      facts.isYours
        ? '<span class="ok">registered by you</span>'
        : verifiedHost === undefined
          ? '<span class="warn">unverified</span> <span class="t3">it registered itself</span>'
          : `<span class="ok">${escapeHtml(verifiedHost)}</span> <span class="t3">has published this client</span>`
    }</dd>${isKnownAs === undefined ? '' : `<dt>Known here</dt><dd>as “${escapeHtml(isKnownAs)}”; its earlier tokens end</dd>`}</dl>
<hr><fieldset><legend>It may use</legend>${spaces}</fieldset>
<div><label class="label" for="duration">For</label><select id="duration" name="duration">${facts.durations
      .map(
        ({ value, says, isDefault }) =>
          `<option value="${escapeHtml(value)}"${isDefault ? ' selected' : ''}>${escapeHtml(says)}</option>`,
      )
      .join('')}</select></div>
<p class="bad" id="trouble" role="alert" hidden></p></div>
<div class="two"><button type="button" class="btn" id="deny" autofocus>Deny</button><button type="button" class="btn primary" id="allow" aria-disabled="true">Allow <span id="arming">…</span></button></div></form>
<p class="t3 small">You can narrow, pause or revoke it at any time: <span class="mono">mcpmux client list</span>. If you did not just start ${escapeHtml(name)}, deny.</p>`,
  );
}

export function devicePage(base: string, code: string, trouble: string | undefined): string {
  return page(
    base,
    'A device asks for access',
    `<form class="panel" id="device"><div class="pad"><div class="col tight"><h1>Enter the code</h1>
<p class="t2">The device that asks for access shows it. Enter it only if you started this yourself.</p></div>
<div><label class="label" for="code">Code</label><input class="code" type="text" id="code" name="code" autocomplete="off" spellcheck="false" maxlength="12" placeholder="XXXX-XXXX" value="${escapeHtml(code)}" autofocus></div>
${trouble === undefined ? '' : `<p class="bad" role="alert">${escapeHtml(trouble)}</p>`}</div>
<div class="two"><span></span><button type="submit" class="btn primary">Go on</button></div></form>`,
  );
}

/** A page that only says something. */
export function messagePage(base: string, title: string, sentences: readonly string[]): string {
  return page(
    base,
    title,
    `<div class="panel"><div class="pad"><h1>${escapeHtml(title)}</h1>${sentences
      .map((sentence) => `<p class="t2">${escapeHtml(sentence)}</p>`)
      .join('')}</div></div>`,
  );
}

/** The browser came from another site and left its cookie behind; from a page of ours it brings it along. */
export function goOnPage(base: string, address: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${escapeHtml(address)}"><meta name="viewport" content="width=device-width,initial-scale=1"><title>One moment · McpMux</title><link rel="stylesheet" href="${escapeHtml(base)}/oauth/page.css"></head><body><header>${mark}<span>McpMux</span></header><main><a class="btn" href="${escapeHtml(address)}">Go on</a></main></body></html>`;
}

function page(base: string, title: string, main: string): string {
  const path = escapeHtml(base);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · McpMux</title><meta name="mcpmux-base" content="${path}"><link rel="icon" href="data:,"><link rel="stylesheet" href="${path}/oauth/page.css"></head><body><header>${mark}<span>McpMux</span></header><main>${main}<noscript><p>This page needs JavaScript.</p></noscript></main><footer>This page is served by McpMux.</footer><script src="${path}/oauth/page.js"></script></body></html>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const pageFiles: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  '/oauth/page.css': { type: 'text/css; charset=utf-8', text: pageStyle },
  '/oauth/page.js': {
    type: 'text/javascript; charset=utf-8',
    text: `'use strict';
(() => {
  const base = document.querySelector('meta[name="mcpmux-base"]').content;
  const device = document.getElementById('device');
  if (device !== null) {
    device.addEventListener('submit', (event) => {
      event.preventDefault();
      const code = document.getElementById('code').value.trim();
      if (code !== '') location.assign(base + '/oauth/device?user_code=' + encodeURIComponent(code));
    });
    return;
  }
  const form = document.getElementById('consent');
  if (form === null) return;
  const allow = document.getElementById('allow');
  const deny = document.getElementById('deny');
  const arming = document.getElementById('arming');
  const trouble = document.getElementById('trouble');
  deny.focus();
  // Armed only while the page is seen, so that a click that was meant for something else does not hit it.
  let left = 1000;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    if (document.visibilityState === 'visible') left -= now - last;
    last = now;
    if (left > 0) { setTimeout(tick, 100); return; }
    arming.textContent = '';
    allow.removeAttribute('aria-disabled');
  };
  tick();
  let isSent = false;
  const decide = async (decision) => {
    if (isSent) return;
    isSent = true;
    trouble.hidden = true;
    const space = form.querySelector('input[name="space"]:checked');
    const sets = space === null ? [] : [...form.querySelectorAll('input[name="set"]:checked')]
      .filter((set) => set.dataset.space === space.value)
      .map((set) => set.value);
    try {
      const answer = await fetch(location.pathname + location.search, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'content-type': 'application/json', 'x-mcpmux-proof': localStorage.getItem(${JSON.stringify(proofStorageKey)}) ?? '' },
        body: JSON.stringify({ decision, space: space === null ? '' : space.value, sets, duration: document.getElementById('duration').value }),
      });
      const facts = await answer.json().catch(() => ({}));
      if (typeof facts.location === 'string') { location.replace(facts.location); return; }
      throw new Error(facts.detail ?? 'McpMux answered ' + answer.status);
    } catch (error) {
      isSent = false;
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  };
  deny.addEventListener('click', () => decide('deny'));
  allow.addEventListener('click', () => { if (allow.getAttribute('aria-disabled') !== 'true') decide('allow'); });
})();
`,
  },
};
