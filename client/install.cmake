# cmake --install BUILD --component client: all that find_package(liaison) needs elsewhere.
include(CMakePackageConfigHelpers)

set_target_properties(liaison_client PROPERTIES EXPORT_NAME client)
set_target_properties(liaison_client_mocks PROPERTIES EXPORT_NAME client_mocks)
install(
  TARGETS liaison_client liaison_client_core liaison_client_mocks
          liaison_record liaison_proto liaison_grpc
  EXPORT liaisonTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client)

set(outbox_headers cursor_store.h outbox.h outbox_limits.h)
list(TRANSFORM outbox_headers PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/include/liaison/)
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include/ ${CMAKE_CURRENT_SOURCE_DIR}/mocks/include/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client FILES_MATCHING PATTERN *.h
        PATTERN cursor_store.h EXCLUDE PATTERN outbox*.h EXCLUDE)
# The messages; how they travel is the library's own affair.
install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/generated/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT client
        FILES_MATCHING PATTERN *.pb.h PATTERN *.grpc.pb.h EXCLUDE)
# Of proto/record, what our headers include and what a partner needs to check a record offline.
install(FILES
  ${PROJECT_SOURCE_DIR}/proto/record/base64.h
  ${PROJECT_SOURCE_DIR}/proto/record/checkpoint.h
  ${PROJECT_SOURCE_DIR}/proto/record/error_reason.h
  ${PROJECT_SOURCE_DIR}/proto/record/errors.h
  ${PROJECT_SOURCE_DIR}/proto/record/hash.h
  ${PROJECT_SOURCE_DIR}/proto/record/leaf.h
  ${PROJECT_SOURCE_DIR}/proto/record/limits.h
  ${PROJECT_SOURCE_DIR}/proto/record/pae.h
  ${PROJECT_SOURCE_DIR}/proto/record/proof.h
  ${PROJECT_SOURCE_DIR}/proto/record/signature.h
  ${PROJECT_SOURCE_DIR}/proto/record/signed_note.h
  ${PROJECT_SOURCE_DIR}/proto/record/uuid.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/proto/record COMPONENT client)

# The verifier that shares no code with the rest: it runs as it is.
set(verify_dir ${CMAKE_INSTALL_DATADIR}/liaison/verify)
install(PROGRAMS verify/verify.py DESTINATION ${verify_dir} COMPONENT client)
install(FILES verify/README.md DESTINATION ${verify_dir} COMPONENT client)
install(DIRECTORY verify/liaison_verify DESTINATION ${verify_dir} COMPONENT client
        FILES_MATCHING PATTERN *.py PATTERN __pycache__ EXCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/liaison)
install(EXPORT liaisonTargets NAMESPACE liaison:: DESTINATION ${package_dir} COMPONENT client)
# --component outbox, beside client: for those who want it, and SQLite with it.
set_target_properties(liaison_outbox PROPERTIES EXPORT_NAME outbox)
install(TARGETS liaison_outbox EXPORT liaisonOutboxTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT outbox)
install(FILES ${outbox_headers}
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/liaison COMPONENT outbox)
install(EXPORT liaisonOutboxTargets NAMESPACE liaison:: DESTINATION ${package_dir}
        COMPONENT outbox)
configure_package_config_file(liaisonConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/liaisonConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/liaisonConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/liaisonConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/liaisonConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT client)
