import { expect, test } from 'vitest';
import { redirectUriSchema } from './redirect-uri.ts';

const takes = (uri: string): boolean => redirectUriSchema.safeParse(uri).success;

test('a redirect goes over TLS, to this machine, or to an app by the name of its domain', () => {
  for (const uri of [
    'https://app.example.com/callback',
    'HTTPS://app.example.com',
    'http://localhost:3000/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:8080/',
    'com.example.app:/callback',
    'com.example-two.app://callback',
  ]) {
    expect(takes(uri), uri).toBe(true);
  }
});

test('it never goes to what a browser would run or read, nor in the clear to another machine', () => {
  for (const uri of [
    'javascript:alert(1)',
    ' JavaScript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox(1)',
    'file:///etc/passwd',
    'blob:https://app.example.com/1',
    'about:blank',
    'myapp://callback',
    'http://app.example.com/callback',
    'http://localhost@evil.example/',
    'http://localhost.evil.example/',
    'https://app.example.com/\u0000',
    'https://app.example.com/\ud800',
    'callback',
  ]) {
    expect(takes(uri), JSON.stringify(uri)).toBe(false);
  }
});
