/*
 * Splits a kernel command line (standard input) letter by letter, after the description in
 * Documentation/admin-guide/kernel-parameters.rst and what a running kernel was seen to do.
 * Prints one record a word: 'k' (for the kernel) or 'i' (for init), the name, then '=' and the value or '-'; each
 * part ends with a NUL byte.
 */
#include <stdio.h>
#include <string.h>

enum { LIMIT = 1 << 17 };
static unsigned char line[LIMIT], word[LIMIT];

static int space(int letter)
{
	return letter == ' ' || (letter >= '\t' && letter <= '\r') || letter == 0xa0;
}

static void put(const unsigned char *text, size_t length)
{
	fwrite(text, 1, length, stdout);
	putchar(0);
}

/* Says one word; returns whether it is the one that ends the part. */
static int say(char whose, size_t length, int opened)
{
	size_t name = 0, value, end = length;

	while (name < length && !(word[name] == '=' && name > 0))
		name++;
	if (name == length) {
		if (opened && length && word[length - 1] == '"')
			name--;
		if (name == 2 && word[0] == '-' && word[1] == '-')
			return 1;
		putchar(whose);
		put(word, name);
		putchar('-');
		putchar(0);
		return 0;
	}
	value = name + 1;
	if (value < length && word[value] == '"') {
		value++;
		opened = 1;
	}
	if (opened && end > value && word[end - 1] == '"')
		end--;
	putchar(whose);
	put(word, name);
	putchar('=');
	put(word + value, end - value);
	return 0;
}

int main(void)
{
	size_t length = fread(line, 1, LIMIT, stdin), at = 0;
	char whose = 'k';

	while (at < length && line[at]) {
		size_t kept = 0;
		int inside = 0, opened = 0;

		if (space(line[at])) {
			at++;
			continue;
		}
		if (line[at] == '"') {
			opened = inside = 1;
			at++;
		}
		for (; at < length && line[at] && (inside || !space(line[at])); at++) {
			inside ^= line[at] == '"';
			word[kept++] = line[at];
		}
		if (say(whose, kept, opened)) {
			if (whose == 'i')
				break;
			whose = 'i';
		}
	}
	return 0;
}
