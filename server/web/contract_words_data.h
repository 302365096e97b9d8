// The files of proto/words as they are, put into the program when it is built.
#ifndef LIAISON_SERVER_WEB_CONTRACT_WORDS_DATA_H_
#define LIAISON_SERVER_WEB_CONTRACT_WORDS_DATA_H_

namespace liaison::web {

extern const char* const kContractWords[6];  // in the order of PageLanguage
extern const char* const kContractPrefixes;

}  // namespace liaison::web

#endif  // LIAISON_SERVER_WEB_CONTRACT_WORDS_DATA_H_
